"""What can go wrong, as data: the faults of a scenario. The moments they are tied to (moments.py) can be had here, too."""

from dataclasses import dataclass
from dataclasses import field as _field

from helpers.bench.moments import (
    Accepted, AckedUndone, AfterAck, BeforeAck, BeforeConfirm, BeforePublish, Charged, Charging, Committed, Delivered, Idle,
    LetGo, Point, Published, Sending, When,
)

__all__ = [
    "Accepted", "AckedUndone", "AfterAck", "BeforeAck", "BeforeConfirm", "BeforePublish", "Blackout", "Charged", "Charging",
    "Committed", "Cut", "Delivered", "Drop", "FOR_EVER", "FailCharge", "Fault", "HangUp", "Idle", "Join", "Kill", "KillBroker",
    "KillWorker", "Leave", "LetGo", "Malformed", "Pause", "Point", "Poison", "Published", "Reset", "Sending", "Silence",
    "SlowCharge", "SlowUntilJoined", "TooLarge", "Unroutable", "When", "Zombie",
]


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong. `str(fault)` is the spec that stands in reports."""

    def __str__(self) -> str:
        args = ", ".join(str(v) for v in vars(self).values())
        return f"{type(self).__name__}({args})"


@dataclass(frozen=True)
class Kill(Fault):
    """SIGKILL of the role's whole process tree; then the same command is started again."""

    role: str
    when: When


@dataclass(frozen=True)
class KillWorker(Fault):
    """SIGKILL of the processes that the role's first one has started, and of nothing else, as when the kernel is out of
    memory; a role of one process is killed whole."""

    role: str
    when: When


@dataclass(frozen=True)
class Pause(Fault):
    """SIGSTOP of a role's process tree ("consumer", "producer") or of the "broker", for `seconds`."""

    target: str
    when: When
    seconds: float


@dataclass(frozen=True)
class Reset(Fault):
    """The role's connections are cut with a TCP reset, on both sides."""

    role: str
    when: When


@dataclass(frozen=True)
class Cut(Fault):
    """The one connection of the role's on which it happened is cut with a TCP reset; the others live on."""

    role: str
    when: When


@dataclass(frozen=True)
class KillBroker(Fault):
    """SIGKILL of the broker's server process (a spare one, never the one other cells use); it comes back."""

    when: When


@dataclass(frozen=True)
class Drop(Fault):
    """What says `kind` ("acknowledged", "confirmed", "published") of the n-th order is lost on the way; the connection lives."""

    kind: str
    n: int


@dataclass(frozen=True)
class Join(Fault):
    """A second process of the role's program starts beside the first: `consumer-2`, with an environment of its own."""

    role: str
    when: When


@dataclass(frozen=True)
class Leave(Fault):
    """The role's process is asked to end (SIGTERM), as at a deployment, and does not come back. `consumer-2` is the one that
    joined."""

    role: str
    when: When


@dataclass(frozen=True)
class Zombie(Fault):
    """The role's process stands still (as in a long garbage collection) and is taken for dead: its group forgets it, and a
    successor starts with the same environment, as `consumer-2`. When that one has done all there is, the first wakes up."""

    role: str
    when: When


@dataclass(frozen=True)
class Unroutable(Fault):
    """The n-th order (by `n`) has a `field` of the value given, for which the broker has no place."""

    n: int
    field: str
    value: str


@dataclass(frozen=True)
class Malformed(Fault):
    """The n-th order (by `n`) stands in the lab's own topic cut off in the middle: no JSON, and no order that could be charged
    (consumer labs on Kafka). It belongs among the dead letters."""

    n: int


FOR_EVER = 10**9


@dataclass(frozen=True)
class TooLarge(Unroutable):
    """The n-th order (by `n`) carries a `note` of so many bytes: more than the broker takes in one message."""

    n: int
    size: int
    field: str = _field(default="note", init=False)
    value: str = _field(default="", init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", ("please ring twice, " * (self.size // 19 + 1))[:self.size])

    def __str__(self) -> str:
        return f"TooLarge({self.n}, {self.size})"


@dataclass(frozen=True)
class Silence(Fault):
    """The role's connections stay open, and nothing passes for `seconds`, as when a switch restarts; then all of it does."""

    role: str
    when: When
    seconds: float


@dataclass(frozen=True)
class Blackout(Fault):
    """Nothing of the role's passes any more; after `seconds` its connections are reset, and what was on its way is gone."""

    role: str
    when: When
    seconds: float


@dataclass(frozen=True)
class HangUp(Fault):
    """The one who listens on CHANNEL goes away and does not come back (labs on Redis)."""

    when: When


@dataclass(frozen=True)
class FailCharge(Fault):
    """The shop answers 503 to the first `times` attempts (or FOR_EVER) to charge the n-th order that is attempted."""

    order: int
    times: int = 1

    def __str__(self) -> str:
        return f"FailCharge({self.order}, {'for ever' if self.times == FOR_EVER else self.times})"


@dataclass(frozen=True)
class SlowCharge(Fault):
    """The shop takes `seconds` to charge the n-th order attempted; longer if the program negotiated a heartbeat so
    short that the wait can outlast it."""

    order: int
    seconds: float


@dataclass(frozen=True)
class SlowUntilJoined(SlowCharge):
    """The same, but it is over soon after a second process has been given its share of the partitions (Kafka): a program that
    gives its own away only when its work is done sees all of the seconds."""


@dataclass(frozen=True)
class Poison(Fault):
    """The shop answers 422 to every attempt to charge the n-th order attempted: it can never be charged."""

    order: int
