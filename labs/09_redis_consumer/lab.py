"""Lab 09: a consumer in a group on a Redis stream, killed at the worst moments, with a peer that never comes back."""

from helpers.bench.faults import AfterAck, Charged, FailCharge, Idle, Join, Kill, Poison, SlowCharge
from helpers.bench.lab import Lab, Scenario

# At most once has no scenario anchored at an acknowledgement: there it comes first, and says nothing about the charge.
ACKNOWLEDGING = ("at-least-once", "effectively-once")

LAB = Lab(
    title="A Redis consumer that takes over from the dead",
    broker="redis",
    roles=("consumer",),
    orders=24,
    peer=3,
    guarantees=("at-least-once", "at-most-once", "effectively-once"),
    scenarios=(
        Scenario(
            "killed-after-charge",
            "killed after the charge, before the acknowledgement",
            (Kill("consumer", Charged(7)),),
        ),
        Scenario(
            "killed-after-ack",
            "killed right after an acknowledgement",
            (Kill("consumer", AfterAck(7)),),
            ACKNOWLEDGING,
        ),
        Scenario(
            "bad-day",
            "the shop is away for one order (503), and refuses another for ever (422)",
            (FailCharge(5, times=2), Poison(11)),
        ),
        Scenario(
            "second-process",
            "a second process of your program joins while one charge takes long",
            (Join("consumer", Charged(1)), SlowCharge(5, 0.7)),
        ),
        Scenario(
            "killed-idle",
            "killed while idle, then started again",
            (Kill("consumer", Idle()),),
        ),
    ),
    hints=(
        "An entry that was read is pending with its reader until XACK. Your process can be killed between any two lines, and "
        "one peer is dead already: who reads what is pending, and when?",
        "`>` gives only what nobody was given before. Ask for your own pending entries with the id 0 when you start, and take "
        "over those of others with XAUTOCLAIM, which leaves alone what has been idle for less than you say. Then look at "
        "the order of charge and XACK, and at the two ways in which charge() can fail.",
        "Before the loop: r.xreadgroup(GROUP, CONSUMER, {STREAM: \"0\"}). In the loop, before reading `>`: "
        "r.xautoclaim(STREAM, GROUP, CONSUMER, 2000). For each entry: charge(order), and on Unavailable once more after "
        "time.sleep(0.1); then, and also after Refused, r.xack(STREAM, GROUP, entry). For effectively once one thing more: "
        "charge(order, key=order[\"id\"]).",
    ),
    usual="15 to 25 minutes",
    deadline=15.0,
)
