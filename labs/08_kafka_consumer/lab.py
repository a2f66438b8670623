"""Lab 08: a consumer on Kafka that is killed at the worst moments, and is not alone for long."""

from helpers.bench.faults import AfterAck, Charged, FailCharge, Idle, Join, Kill, Poison, SlowCharge
from helpers.bench.lab import Lab, Scenario

# At most once has no scenario anchored at a commit: there it comes first, and says nothing about the charge.
COMMITTING = ("at-least-once", "effectively-once")

LAB = Lab(
    title="A Kafka consumer that loses no order",
    broker="kafka",
    roles=("consumer",),
    orders=24,
    partitions=3,
    guarantees=("at-least-once", "at-most-once", "effectively-once"),
    scenarios=(
        Scenario(
            "killed-after-charge",
            "killed after the charge, before the commit",
            (Kill("consumer", Charged(7)),),
        ),
        Scenario(
            "killed-after-commit",
            "killed right after a commit",
            (Kill("consumer", AfterAck(7)),),
            COMMITTING,
        ),
        Scenario(
            "bad-day",
            "the shop is away for one order (503), and refuses another for ever (422)",
            (FailCharge(5, times=2), Poison(11)),
        ),
        Scenario(
            "slow-charge",
            "one charge takes long, and the process is killed a little later",
            (SlowCharge(5, 0.5), Kill("consumer", AfterAck(9))),
            COMMITTING,
        ),
        Scenario(
            "killed-idle",
            "killed while idle, then started again",
            (Kill("consumer", Idle()),),
        ),
        Scenario(
            "second-member",
            "a second process of your program joins in the middle",
            (Join("consumer", Charged(6)), SlowCharge(8, 1.5)),
        ),
    ),
    hints=(
        "A commit is a position: it says \"all before this is done\". Your process can be killed between any two lines. For "
        "which records is that sentence true when you commit, and for which will it be true only later?",
        "Charge first, commit afterwards. And look at what commit() commits: the consumer's position, which poll() has "
        "already moved behind the last record that it returned. After the first record of a batch that is too far. Then "
        "look at the two ways in which charge() can fail: a commit behind a failed order gives that order up.",
        "For each partition that poll() returns, for each of its records: a loop around try. charge(order) went well: "
        "consumer.commit({place: OffsetAndMetadata(record.offset + 1, \"\", -1)}), next record. Unavailable: sleep a tenth of "
        "a second, once more. Refused: leave a trace, commit as well, next record. Nothing else may commit: "
        "enable_auto_commit=False. For effectively once one thing more: charge(order, key=order[\"id\"]).",
    ),
    usual="15 to 30 minutes",
)
