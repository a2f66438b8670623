"""What a protocol's decoder offers the tap: one class per protocol, and the tap knows no more of it than this."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

CLIENT, BROKER = 0, 1  # a direction is named by who sends


class Undecodable(Exception):
    """The bytes do not follow the protocol: from here on the link is relayed as it comes."""


@dataclass(slots=True)
class Observation:
    """What a unit says, before the journal gives it a number and a time. Fields as in `events.Event`."""

    kind: str
    order: str | None = None
    pos: dict[str, Any] | None = None
    frame: str | None = None
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Unit:
    """The smallest piece that can be forwarded or kept back without breaking the protocol.

    raw:       the bytes to forward (a decoder may have rewritten them, to keep an earlier swallowed unit swallowed).
    withdraw:  called when the unit is not forwarded; None where that changes nothing the decoder keeps.
    """

    raw: bytes
    observations: Sequence[Observation] = ()
    withdraw: Callable[[], None] | None = None


class Decoder(Protocol):
    """State of one connection, both directions. Made by a factory without arguments, one per connection.

    One that has to know where the tap listens has a method `advertise(host, port, actor)`; the tap calls it first.
    """

    conn: int  # set by the tap: the connection's number, counted from 1

    def feed(self, direction: int, data: bytes) -> Iterator[Unit]:
        """Take bytes, yield the units now complete, in the order in which they are to be forwarded.

        The tap may stop iterating after any unit (`close()` of the generator); `feed(direction, b"")` goes on from there.
        Raises Undecodable at the first byte that cannot be understood; `rest` then starts with that byte.
        """

    def swallow(self, direction: int, unit: Unit) -> tuple[bytes, bytes]:
        """The unit, the last one yielded in this direction, is not forwarded: keep the protocol in step.

        Returns what is to be sent onward in its place, and what back to its sender; usually nothing.
        """

    def rest(self, direction: int) -> bytes:
        """Take out all bytes that were fed and not yet yielded."""

    def lost(self, by: str, text: str) -> list[Observation]:
        """The connection has ended: `closed`, unless the protocol's own close was seen before."""
