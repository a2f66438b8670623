"""The gauntlet of the capstone (labs 20 to 22): ten faults, drawn by seed, the same on each of three brokers.

What kind of fault comes is fixed where a promise would else go untested, so that a program that is wrong meets its moment under
every seed; which order it meets, how long it lasts, and one of the kinds are drawn.
"""

import random

from helpers.bench.faults import FOR_EVER, Accepted, AfterAck, BeforeAck, BeforePublish, Blackout, Charged, FailCharge, Fault
from helpers.bench.faults import Kill, KillBroker, Pause, Poison, Reset, Silence, SlowCharge
from helpers.bench.lab import Scenario

ORDERS = 16


def _killed(rng: random.Random) -> list[Fault]:
    """Four: three processes killed, and one more thing that a program has to live with."""
    late = rng.randint(12, 14)
    return [
        Kill("producer", Accepted(rng.randint(3, 8))),
        Kill("consumer", Charged(rng.randint(2, 5))),
        Kill("consumer", AfterAck(rng.randint(7, 10))),
        rng.choice([Pause("producer", Accepted(late), 0.5), Pause("consumer", Charged(late), 0.5),
                    Reset("consumer", BeforeAck(late)), Silence("consumer", Charged(late), 0.5)]),
    ]


def _shop_away(rng: random.Random) -> list[Fault]:
    """Four: the refusal comes first, so that the kill meets its dead letter, and the retries are left to themselves. Behind the
    order that fails others are waiting when the producer is cut off."""
    away = rng.randint(6, 9)
    return [
        Poison(rng.randint(2, 4)),
        FailCharge(away, times=rng.choice([2, 3, FOR_EVER])),
        Kill("consumer", BeforePublish(1)),
        Blackout("producer", BeforePublish(rng.randint(away + 4, 14)), 0.3),
    ]


def _broker_killed(rng: random.Random) -> list[Fault]:
    """Two: while the first charge lasts, what has been promised waits in the broker. Ten orders or so are in the consumer's
    hands; the kill comes when there are more."""
    return [SlowCharge(1, rng.choice([1.2, 1.4, 1.6])), KillBroker(Accepted(rng.randint(12, 14)))]


SCENARIOS = (
    Scenario(
        "killed",
        "both programs are killed, one of them twice, and later one is held up or cut off",
        draw=_killed,
    ),
    Scenario(
        "shop-away",
        "the shop refuses an order (422) and is away for another (503); the consumer is killed, the producer cut off",
        draw=_shop_away,
    ),
    Scenario(
        "broker-killed",
        "a charge takes long, and the broker is killed while orders wait in it",
        draw=_broker_killed,
    ),
)
