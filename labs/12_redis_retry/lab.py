"""Lab 12: retries with back-off, and dead letters, on Redis streams."""

from helpers.bench.faults import FOR_EVER, BeforePublish, Charged, FailCharge, Join, Kill, Poison, Published, SlowCharge
from helpers.bench.lab import Lab, Scenario

LAB = Lab(
    title="Retries and dead letters on Redis",
    broker="redis",
    roles=("consumer",),
    orders=24,
    peer=2,
    dead_letters=True,
    max_attempts=5,
    guarantees=("at-least-once",),
    deadline=25.0,
    scenarios=(
        Scenario(
            "away-and-refused",
            "the shop is away for two orders for a while (503), and refuses another for ever (422)",
            (FailCharge(3, times=3), FailCharge(6, times=2), Poison(9)),
        ),
        Scenario(
            "never-back",
            "one order fails at every attempt, another is refused; then the shop is mended, and the dead letters are put back",
            (FailCharge(4, FOR_EVER), Poison(8)),
            redrive=True,
        ),
        Scenario(
            "killed-between",
            "killed while a dead letter is on its way, and again right after another one was written",
            (FailCharge(3, times=2), Poison(6), Poison(12), Kill("consumer", BeforePublish(1)), Kill("consumer", Published(2))),
        ),
        Scenario(
            "second-process",
            "a second process of your program joins while one charge takes long",
            (FailCharge(2, times=2), Join("consumer", Charged(1)), SlowCharge(6, 0.7)),
        ),
    ),
    hints=(
        "What you have read and not acknowledged is pending, and Redis keeps book of it: with whom, for how long, and how often it was "
        "delivered. Which of these numbers tells you when to try again, and which when to give up?",
        "Leave an order that met a 503 pending, and go on with the others. In each round ask XPENDING for what is pending: "
        "time_since_delivered against the pause that belongs to times_delivered. What is due you take with XCLAIM, which "
        "counts one delivery more. Your own entries wait for their pause; those of others are theirs until nobody can be at work on "
        "them any more.",
        "for each in r.xpending_range(STREAM, GROUP, \"-\", \"+\", 100): the pause is PAUSES_MS[times_delivered - 1] if its consumer is "
        "CONSUMER, else 2000. Due: r.xclaim(STREAM, GROUP, CONSUMER, pause, [message_id]), and charge what that returns, as attempt "
        "times_delivered + 1. After the fifth, and at once on Refused: in one r.pipeline(transaction=True) xadd(DEAD_LETTERS, "
        "{**fields, \"reason\": …, \"attempts\": …}) and xack.",
    ),
    usual="30 to 45 minutes",
)
