"""The moments of a run to which faults are tied, as data."""

from dataclasses import dataclass


@dataclass(frozen=True)
class When:
    """A moment in a run. `n` counts distinct orders seen by the program's role since the scenario began, never frames."""

    def __str__(self) -> str:
        args = ", ".join(str(v) for v in vars(self).values())
        return f"{type(self).__name__}({args})"


@dataclass(frozen=True)
class BeforePublish(When):
    """The program has published the n-th order; the broker never sees it."""

    n: int


@dataclass(frozen=True)
class Published(When):
    """The n-th order has been published; the broker has it, nothing came back yet."""

    n: int


@dataclass(frozen=True)
class Sending(When):
    """The n-th order is on its way to the broker, and does not arrive: the connection that carries it breaks, and breaks again
    when it is tried once more. A kill comes a moment later (`injector.SENDING`), or as soon as the program lets go of the
    order."""

    n: int


@dataclass(frozen=True)
class BeforeConfirm(When):
    """The broker has confirmed the n-th order; the program never hears of it."""

    n: int


@dataclass(frozen=True)
class Accepted(When):
    """The program has accepted the n-th order (`POST /accepted`); it does not hear of it."""

    n: int


@dataclass(frozen=True)
class Delivered(When):
    """The n-th order has reached the program's side of the connection."""

    n: int


@dataclass(frozen=True)
class Charged(When):
    """The n-th order has been charged; the program does not hear of it."""

    n: int


@dataclass(frozen=True)
class Charging(When):
    """The program has asked for the n-th order to be charged. That never comes about, and the program hears nothing: it is
    held until an acknowledgement that came too early has had the time to reach the broker."""

    n: int


@dataclass(frozen=True)
class LetGo(When):
    """The program lets go of the n-th order: by an acknowledgement, of which the broker never hears; or because it is delivered
    with none to come, to a program that does nothing with it any more."""

    n: int


@dataclass(frozen=True)
class AckedUndone(When):
    """The broker has the acknowledgement of the n-th order, or of a later one, and no effect of it is to be seen. Where every
    effect comes first: when nothing has moved for a while."""

    n: int


@dataclass(frozen=True)
class BeforeAck(When):
    """The program acknowledges the n-th order; the broker never hears of it."""

    n: int


@dataclass(frozen=True)
class AfterAck(When):
    """The broker has the acknowledgement of the n-th order."""

    n: int


@dataclass(frozen=True)
class Committed(When):
    """The broker has the first commit that concerns the n-th order: of its offset, or of the transaction in which it was sent
    on (Kafka)."""

    n: int


@dataclass(frozen=True)
class Point(When):
    """The n-th order is at a point of the program's own work (`POST /point/NAME`; labs whose effect is a row in a database)."""

    name: str
    n: int


@dataclass(frozen=True)
class Idle(When):
    """Nothing has moved for a while, and at least one order has been through."""
