"""Lab 07: a consumer on RabbitMQ that is killed at the worst moments."""

from helpers.bench.faults import AfterAck, Charged, FailCharge, Idle, Kill, Poison, SlowCharge
from helpers.bench.lab import Lab, Scenario

# At most once has no scenario anchored at an acknowledgement: there it comes first, and says nothing about the charge.
ACKNOWLEDGING = ("at-least-once", "effectively-once")

LAB = Lab(
    title="A RabbitMQ consumer that loses no order",
    broker="rabbitmq",
    roles=("consumer",),
    orders=24,
    queue_type="quorum",
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
            "slow-charge",
            "one charge takes long, and the process is killed a little later",
            (SlowCharge(5, 0.4), Kill("consumer", AfterAck(9))),
            ACKNOWLEDGING,
        ),
        Scenario(
            "killed-idle",
            "killed while idle, then started again",
            (Kill("consumer", Idle()),),
        ),
    ),
    hints=(
        "The broker forgets an order the moment you acknowledge it. Your process can be killed between any two lines: "
        "which two of yours must not be killed apart, and in which order do you want them to stand?",
        "Charge first, acknowledge afterwards: killed in between, the order comes again instead of never. Then look at "
        "the two ways in which charge() can fail. One of them is worth another attempt, the other never will be; "
        "neither of them is a reason to acknowledge an order that was not charged.",
        "A loop around try. charge(order) went well: channel.basic_ack(method.delivery_tag), done. Unavailable: "
        "connection.sleep(0.1), which answers heartbeats meanwhile, then once more. Refused: "
        "channel.basic_reject(method.delivery_tag, requeue=False), done; with requeue=True it would come back for ever. "
        "For effectively once one thing more: charge(order, key=order[\"id\"]).",
    ),
    usual="10 to 20 minutes",
)
