"""What a rule may look at: the events of one scenario, with the questions that rules ask of them."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from helpers.bench.ledger import Ledger, ends_by_itself, left_the_queue
from helpers.bench.places import place
from helpers.wire.events import Event


_BREAKS = ("killed", "ended", "closed")
_UNNOTICED_NS = 1_000_000_000
"""For so long a broker may send into a connection that has just ended (it notices in milliseconds; a busy machine later)."""


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
    """One scenario's events and account. All methods are pure. max_attempts: see lab.Lab."""

    def __init__(self, events: Sequence[Event], ledger: Ledger, guarantee: str, roles: Sequence[str], max_attempts: int = 0):
        self.events = events
        self.max_attempts = max_attempts
        self.ledger = ledger
        self.guarantee = guarantee
        self.roles = roles

    def of_role(self, role: str) -> "Evidence":
        """The same run as seen by one role's programs ("consumer", "consumer-2"). What a consumer has let go of is its own
        loss; what the broker forgot while it was only queued or on its way, the producer has to explain."""
        own = [name for name in self.roles if name == role or name.startswith(role + "-")]
        if own == list(self.roles):
            return self
        lost = [o for o in self.lost if self._whose(o) == role]
        orders = replace(self.ledger.orders, lost=lost)
        return Evidence(self.events, replace(self.ledger, orders=orders), self.guarantee, own, self.max_attempts)

    def _whose(self, order: str) -> str:
        """The role whose loss the order is; "" where both may have lost it, and then nobody is accused."""
        seen = [e for e in self.ledger.history.get(order, ()) if e.actor.partition("-")[0] == "consumer"]
        if self._aborted(order):
            return "producer"  # no reader of committed records is given it, and a commit covers it all the same
        if left_the_queue(seen, self.ledger.swallowed):
            return "consumer"
        published = self.of(order, "published")
        if published and (purged := self.first(e for e in self.all("purged")
                                                   if e.seq > published[-1].seq and "group" not in e.data)):
            had = bool(self.of(order, "confirmed")) or self._had(published[-1])
            return purged.actor.partition("-")[0] if had else ""
        if self._stepped_over(order):
            return ""
        if self.sent_unseen(order) is None:
            return "producer"
        return "consumer" if self._had(self.of(order, "published")[-1]) else ""

    def _aborted(self, order: str) -> bool:
        """Whether a producer sent it in transactions only, of which none was committed."""
        sent = [e for e in self.of(order, "published") if e.actor.partition("-")[0] == "producer"]
        return bool(sent) and all(e.data.get("txn") for e in sent) and order not in self._committed

    @cached_property
    def _committed(self) -> set[str]:
        return {o for e in self.all("method", commit=True) if e.frame == "EndTxn" for o in e.data.get("orders", ())}

    def _stepped_over(self, order: str) -> bool:
        """Whether it may stand in Kafka's log, before the place where a consumer began: sent without an answer, nobody knows at
        which offset, and the consumer asked for the end of its partition (auto_offset_reset "latest")."""
        sent = [e for e in self.of(order, "published") if e.pos and "partition" in e.pos]
        if not sent or self.of(order, "confirmed", "delivered", "redelivered"):
            return False
        asked = [sent[0].pos["topic"], sent[0].pos["partition"], -1]
        return any(e.frame == "ListOffsets" and e.actor.startswith("consumer") and e.seq > sent[0].seq
                   and any(each[:3] == asked and each[3] > 0 for each in e.data.get("offsets", ())) for e in self.all("method"))

    def sent_unseen(self, order: str) -> tuple[Event, Event] | None:
        """(subscription, its end), where the broker may have sent the order into a connection whose program was gone. With
        auto_ack that settles it, and nobody sees the delivery: neither the program nor the tap."""
        published = self.of(order, "published")
        if not published or self.of(order, "delivered", "redelivered") or order in self.ledger.unroutable:
            return None
        last = published[-1]
        if any(e.seq > last.seq and (e.actor == "broker" or e.kind == "purged") for e in self.all("killed", "purged")) or any(
                ends_by_itself(e) for e in self.all("declared")):
            return None  # it may have gone another way
        for taken in self.all("subscribed", "polled", auto_ack=True):
            if not last.data.get("exchange") and taken.data.get("queue") not in (None, last.data.get("routing_key")):
                continue
            end = self.first(e for e in self.all(*_BREAKS) if e.seq > taken.seq and e.actor == taken.actor
                             and (e.kind != "closed" or _breaks(e, taken)))
            if end is not None and last.t_ns < end.t_ns + _UNNOTICED_NS:
                return taken, end
        return None

    def _had(self, published: Event) -> bool:
        """Whether the broker has answered anything on the channel after the message: it deals with a channel's frames in
        their order (AMQP 0-9-1 specification, 4.7)."""
        pos = published.pos or {}
        return any(e.seq > published.seq and e.actor == published.actor and (e.data.get("by") == "broker" or e.kind == "confirmed")
                   and all((e.pos or e.data).get(k) == pos.get(k) for k in ("conn", "channel"))
                   for e in self.all("method", "confirmed"))

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
        where = place(delivery)
        return self.first(e for e in self.of(delivery.order, "acknowledged", "rejected", after=delivery.seq) if place(e) == where)

    def end_of_life(self, event: Event) -> Event | None:
        """What ended the process that the event belongs to, other than the bench's own stop: `killed` or `ended`."""
        ends = self._ends.get(event.actor, [])
        at = bisect_right(ends, event.seq, key=lambda e: e.seq)
        return ends[at] if at < len(ends) and ends[at].kind != "stopped" else None

    @cached_property
    def _ends(self) -> dict[str, list[Event]]:
        ends: dict[str, list[Event]] = defaultdict(list)
        for e in self.all("killed", "ended", "stopped"):
            ends[e.actor].append(e)
        return ends

    @cached_property
    def charges_first(self) -> bool:
        """Whether the program's habit is to charge and then to acknowledge: what it acknowledged untried, it skipped."""
        first = last = 0
        for order in self.ledger.history:
            for delivery in self.deliveries(order):
                settled = self.settlement(delivery)
                tried = [e.seq for e in self.attempts(order) if e.seq > delivery.seq]
                if settled is not None and settled.kind == "acknowledged" and tried:
                    first, last = first + (tried[0] < settled.seq), last + (tried[0] > settled.seq)
        return first > 0 and last == 0

    @cached_property
    def skips_redelivered(self) -> bool:
        """Whether several redelivered orders were acknowledged without an attempt: a habit, not a crash."""
        return sum(bool((d := self.deliveries(o)) and d[-1].kind == "redelivered" and not self.attempts(o)
                        and self.of(o, "acknowledged")) for o in self.lost) > 1

    def first(self, events: Iterable[Event]) -> Event | None:
        return next(iter(events), None)


def _breaks(closed: Event, taken: Event) -> bool:
    """Whether it is the end of that subscription's connection, and not of the program's own will."""
    return (closed.data.get("scope") == "connection" and closed.data.get("conn") == taken.data.get("conn")
            and closed.data.get("code") is None)
