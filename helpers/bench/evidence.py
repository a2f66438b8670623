"""What a rule may look at: the events of one scenario, with the questions that rules ask of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from helpers.bench.ledger import Ledger
from helpers.wire.events import Event


@dataclass(frozen=True)
class Proof:
    """A rule's answer: the class it saw, the orders it concerns, the two or three events that show it.

    never: what did not happen, as a last line of the proof ("charged").
    note:  a sentence to add to the catalogue's own.
    remark: True where a cause is only worth a remark this time.
    """

    name: str
    orders: Sequence[str]
    events: Sequence[Event]
    never: str = ""
    note: str = ""
    remark: bool = False


class Evidence:
    """One scenario's events and account. All methods are pure."""

    def __init__(self, events: Sequence[Event], ledger: Ledger, guarantee: str, roles: Sequence[str]):
        self.events = events
        self.ledger = ledger
        self.guarantee = guarantee
        self.roles = roles

    @property
    def lost(self) -> list[str]:
        return self.ledger.orders.lost

    def of(self, order: str, *kinds: str, after: int = -1, before: int | None = None) -> list[Event]:
        """The order's events of these kinds, in order; frames that were swallowed left out."""
        return [e for e in self.ledger.history.get(order, ()) if e.kind in kinds and e.seq > after
                and (before is None or e.seq < before) and e.seq not in self.ledger.swallowed]

    def all(self, *kinds: str, **data: Any) -> Iterator[Event]:
        """Every event of these kinds whose data holds these values."""
        return (e for e in self.events if e.kind in kinds and all(e.data.get(k) == v for k, v in data.items()))

    def deliveries(self, order: str) -> list[Event]:
        return [e for e in self.of(order, "delivered", "redelivered") if e.actor in self.roles]

    def attempts(self, order: str) -> list[Event]:
        return self.of(order, "charged", "charge_failed")

    def settlement(self, delivery: Event) -> Event | None:
        """The acknowledgement or rejection of this very delivery."""
        place = (delivery.pos["conn"], delivery.pos["channel"], delivery.pos["tag"])
        for e in self.of(delivery.order, "acknowledged", "rejected", after=delivery.seq):
            if e.actor == delivery.actor and (e.pos["conn"], e.pos["channel"], e.pos["tag"]) == place:
                return e
        return None

    def end_of_life(self, event: Event) -> Event | None:
        """What ended the process that the event belongs to, other than the bench's own stop: `killed` or `ended`."""
        for e in self.events[event.seq + 1:]:
            if e.kind in ("killed", "ended") and e.actor == event.actor:
                return e
            if e.kind == "stopped" and e.actor == event.actor:
                return None
        return None

    @cached_property
    def fault_seqs(self) -> list[int]:
        return [e.seq for e in self.events if e.kind in ("killed", "reset", "paused")]

    def first(self, events: Iterable[Event]) -> Event | None:
        return next(iter(events), None)
