"""A declared program as a lab: the faults that such a program meets, as scenarios."""

from collections.abc import Sequence

from helpers.bench import faults as f
from helpers.bench.lab import Lab, Scenario
from helpers.bench.own.declaration import Declaration

_ASKED = ("at-least-once", "at-most-once", "effectively-once")
_ACKNOWLEDGING = ("at-least-once", "effectively-once")
_KEEPS = {"appendonly": "yes", "appendfsync": "always"}
"""Whether Redis keeps what it has answered is its configuration's business: here the program is on trial."""


def lab(own: Declaration) -> Lab:
    """Not in the registry; named try-NAME."""
    if own.role == "producer":
        scenarios = _producer(own)
    else:
        scenarios = _consumer(own) if own.watched is None else _watched(own)
    made = Lab(
        title=own.title, broker=own.broker, roles=(own.role,), scenarios=scenarios, hints=("", "", ""), usual="",
        orders=own.orders, guarantees=_ASKED if own.role == "consumer" else _ASKED[:1], queue_type=own.queue_type,
        partitions=own.partitions, redis_options=_KEEPS, deadline=own.deadline,
        own=own,
    )
    object.__setattr__(made, "name", f"try-{own.name}")
    return made


def _consumer(own: Declaration) -> Sequence[Scenario]:
    """The shop knows when it is asked: a kill can come between asking and the effect."""
    return (
        Scenario("killed-at-work", "killed in the middle of its work", (f.Kill("consumer", f.Charging(5)),),
                 _ACKNOWLEDGING),
        Scenario("worker-killed", "the processes that it has started are killed at work, and it lives on",
                 (f.KillWorker("consumer", f.Charging(5)),), _ACKNOWLEDGING),
        Scenario("killed-after-work", "killed after the effect, before it hears of it", (f.Kill("consumer", f.Charged(7)),)),
        Scenario("unavailable", "once it is answered 503", (f.FailCharge(3, 1),)),
        *_common(own),
    )


def _watched(own: Declaration) -> Sequence[Scenario]:
    """A line or a row is seen when it is there: a kill can only hang on what is said to the broker."""
    return (
        Scenario("killed-before-ack", "killed before its acknowledgement gets through", (f.Kill("consumer", f.LetGo(5)),),
                 _ACKNOWLEDGING),
        Scenario("killed-after-ack", "killed when it has acknowledged, and no effect is to be seen",
                 (f.Kill("consumer", f.AckedUndone(5)),), _ACKNOWLEDGING),
        *_common(own),
    )


def _common(own: Declaration) -> Sequence[Scenario]:
    return (
        Scenario("killed-idle", "killed while idle, then started again", (f.Kill("consumer", f.Idle()),)),
        _cut(own),
        Scenario("broker-killed", "the broker is killed and comes back", (f.KillBroker(_in_the_middle(own)),)),
    )


def _cut(own: Declaration) -> Scenario:
    cut = f.Reset("consumer", f.Delivered(4))
    if own.watched:
        return Scenario("cut", "its connections are cut", (cut,))
    return Scenario("cut-and-paused", "its connections are cut, and later it stands still for a second",
                    (cut, f.Pause("consumer", f.Charged(12), 1.0)))


def _in_the_middle(own: Declaration) -> f.When:
    return f.Charged(9) if own.watched is None else f.Delivered(9)


def _producer(own: Declaration) -> Sequence[Scenario]:
    promised = own.path is not None
    return (
        Scenario("cut-on-the-way", "the connection is cut while an order is on its way to the broker",
                 (f.Blackout("producer", f.BeforePublish(7), 0.4),)),
        Scenario("confirm-lost", "the broker's answer is lost with its connection", (f.Reset("producer", f.BeforeConfirm(7)),)),
        Scenario("killed", "killed right after a promise" if promised else "killed right after sending",
                 (f.Kill("producer", f.Accepted(9) if promised else f.Published(9)),)),
        Scenario("broker-killed", "the broker is killed and comes back",
                 (f.KillBroker(f.Accepted(12) if promised else f.Published(12)),)),
    )
