"""Where every order stands while a scenario runs, so that the run can end as soon as its outcome is settled."""

import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence

from helpers.bench.absence import Absence
from helpers.bench.places import Place, bound_to_connection, destination, place
from helpers.bench.rounds import Rounds
from helpers.wire.events import Event

_ASKS = 20
"""Requests for a group's offsets in one life of a member, from which on they are no movement."""

_STILL = {"polled", "undecoded"}  # events that are no movement


class Bag(Counter[str]):
    """As a set, but what was added twice has to be taken out twice."""

    def add(self, order: str) -> None:
        self[order] += 1

    def discard(self, order: str) -> None:
        self[order] -= 1
        if self[order] <= 0:
            del self[order]


class Tracker:
    """Follows the events of one scenario.

    both:            a producer and a consumer: settled only when the shop has no order left, either.
    produces:        the programs only bring orders in: all is settled once each order is accepted.
    unroutable:      orders for which the broker has no place, and which need not be accepted.
    charged_is_done, dead, output, malformed: see stage.Stage.
    copies_sent:     the bench sends orders twice: each copy counts.
    queued: copies the broker holds in the lab's own queue, by the journal's word; out: delivered and not settled.
    """

    def __init__(self, orders: Collection[str], events: Sequence[Event], *, produces: bool = False,
                 both: bool = False, unroutable: Collection[str] = (), charged_is_done: bool = False, dead: str = "",
                 output: str = "", malformed: Collection[str] = (), copies_sent: bool = False):
        self.orders = set(orders)
        self.produces = produces
        self.both = both
        self.unroutable = set(unroutable)
        self.charged_is_done = charged_is_done
        self.dead = dead
        self.output = output
        self.malformed = set(malformed)
        self._events = events
        self.accepted: set[str] = set()
        self.charged: Counter[str] = Counter()
        self.refused: set[str] = set()
        self.failed: set[str] = set()
        self.withdrawn: set[str] = set()
        self.rounds = Rounds()
        self.queued: set[str] | Bag = Bag() if copies_sent else set()
        self.out: dict[Place, Event] = {}
        self._settled_by: dict[Place, Event] = {}  # the first that settled a delivery
        self.copies: set[str] = set()
        self.confirmed: set[str] = set()
        self._sent: Counter[str] = Counter()  # by producers, in labs of both roles
        self._given: Counter[str] = Counter()
        self.last_move = self.last_finished = time.monotonic()
        self._left: set[str] = set()
        self.unassigned: set[str] = set()  # members that a group has given no partition yet (KIP-848)
        self._offsets_asked: Counter[str] = Counter()
        self._absence = Absence()
        self._fresh: set[str] = set()  # started, and not yet given an order

    def on_event(self, event: Event) -> None:
        if event.kind in ("started", "restarted") and event.actor != "broker":
            self._fresh.add(event.actor)
            self._offsets_asked[event.actor] = 0
        elif event.kind in ("delivered", "redelivered", "polled"):
            self._fresh.discard(event.actor)
        if self._absence.ends(event):
            self.last_move = time.monotonic()  # it has only just begun again: what it does next takes a while
        # A program that looks into an empty queue over a new connection each time does not move anything.
        about_something = event.order is not None or event.src != "tap" or (event.actor in self._fresh and not self._again(event))
        if event.kind not in _STILL and about_something:
            self.last_move = time.monotonic()
        handler = getattr(self, "_" + event.kind, None)
        if handler is not None:
            handler(event)

    def _again(self, event: Event) -> bool:
        """A member asks for its offsets again and again: they are in a transaction that somebody has left open (KIP-447)."""
        if event.frame != "OffsetFetch":
            return False
        self._offsets_asked[event.actor] += 1
        return self._offsets_asked[event.actor] > _ASKS

    # --- what the bench asks

    @property
    def waiting(self) -> set[str]:
        """Orders that the broker still holds for the program: queued, delivered and unsettled, or republished by it."""
        if self.produces:
            # A promise may rest on something else than the broker (a file): what it has not confirmed may still be sent.
            return self._open | (self.accepted - self.confirmed)
        held = self.in_queue | (self._open if self.both else set())
        return (held & (self.unfinished | self._open) if self.charged_is_done else held) | (self.copies & self.unfinished)

    @property
    def _open(self) -> set[str]:
        """Orders that the shop still holds."""
        return self.orders - self.accepted - self.unroutable - self.withdrawn

    @property
    def in_queue(self) -> set[str]:
        """What the lab's own queue must hold once every consumer has gone; of a producer, what it sent."""
        if self.produces:
            return (self.copies & self.orders) - self.unroutable
        return set(self.queued) | {event.order for event in self.out.values()}

    @property
    def unfinished(self) -> set[str]:
        """Accepted, neither charged nor refused."""
        return self._left

    @property
    def settled(self) -> bool:
        if self.produces:
            return bool(self.accepted) and not self.waiting
        if self.both and (self._open or self._copy_to_come):
            return False
        return bool(self.accepted) and not self._left and (self.charged_is_done or (not self.queued and not self.out))

    @property
    def _copy_to_come(self) -> bool:
        """Whether an order that its producer sent more than once was not delivered as often: the other may still wait. (It may
        have been lost, too: then the run ends when nothing moves.)"""
        return not self.charged_is_done and any(n > 1 and self._given[order] < n for order, n in self._sent.items())

    @property
    def settling(self) -> int:
        """Ticks without movement after which what is settled is over: a producer, or a consumer that need not acknowledge
        each order, is given time for its last word."""
        if self.output and self.in_queue:
            return 100  # what was written without its offset may be written again
        return 30 if self.produces or (self.charged_is_done and self.in_queue) else 3

    @property
    def may_repeat(self) -> bool:
        """Whether a process was started and has not asked for orders yet, that the broker would give some that are done."""
        fresh = {name for name in self._fresh if not (self.both and name.startswith("producer"))}  # it asks for none
        return self.charged_is_done and bool(fresh) and (bool(self.in_queue) or bool(self.output))

    @property
    def away(self) -> set[str]:
        """Programs that lost their connection, and have not been heard of at work since."""
        return self._absence.away

    @property
    def shown_enough(self) -> bool:
        """A loop that would go on for ever."""
        return self.rounds.too_many or bool(self.dead and self.rounds.never_given_up)

    def quiet_for(self) -> float:
        return time.monotonic() - self.last_move

    def stuck_for(self) -> float:
        """Seconds since an order was finished: nothing was left to do for it then; of a producer's: since one was accepted."""
        return time.monotonic() - self.last_finished

    # --- events

    def _accepted(self, event: Event) -> None:
        if self.produces and event.order not in self.accepted:
            self.last_finished = time.monotonic()
        self.accepted.add(event.order)
        if not self.produces and not self.charged[event.order] and event.order not in self.refused:
            self._left.add(event.order)

    def _published(self, event: Event) -> None:
        if event.order is None:
            return
        if event.actor == "bench":
            self.queued.add(event.order)
            self._put_back(event.order)
        elif event.actor.startswith("producer") and not self.produces:
            self.queued.add(event.order)
            self._sent[event.order] += 1
        elif self.output and destination(event) == self.output:
            if not event.data.get("txn"):
                self._written(event.order)
        elif self.dead and destination(event) == self.dead:
            self._finish(event.order)
        else:
            self.copies.add(event.order)
            # Let go of before it was charged, and now sent away to wait after all.
            if event.order in self.failed - self.refused and not self.charged[event.order]:
                self._left.add(event.order)

    def _method(self, event: Event) -> None:
        """What was written in a transaction is there when it is committed."""
        if self.output and event.frame == "EndTxn" and event.data.get("commit"):
            for order in event.data.get("orders", ()):
                self._written(order)

    def _written(self, order: str) -> None:
        self.charged[order] += 1
        self._finish(order)

    def _delivered(self, event: Event) -> None:
        if event.order not in self.orders or event.data.get("looked"):
            return
        self.queued.discard(event.order)
        self.copies.discard(event.order)
        self._given[event.order] += event.kind == "delivered"
        if event.data.get("auto_ack"):
            return
        # Redis: moved back into the list that it was taken from.
        if self.out.pop((event.data.get("moved_to"), event.order), None):
            self._return(event.order)
            return
        where = place(event)
        if where in self.out:
            self.rounds.returns[event.order] += 1
        self.out[where] = event

    _redelivered = _delivered

    def _acknowledged(self, event: Event) -> None:
        self.out.pop(place(event), None)
        self._settled_by.setdefault(place(event), event)
        if "entry" in (event.pos or {}):
            self.queued.discard(event.order)  # whoever read it: a script may have, unseen
        hopeless = event.order in self.refused or event.order in self.failed or event.order in self.malformed
        if self.dead and hopeless and not self._on_its_way(event.order):
            self._finish(event.order)  # given up, without a dead letter

    def _on_its_way(self, order: str) -> bool:
        """Whether a copy was sent away to wait, or has come back from there: a client that fetches ahead may be given it before
        it has let go of the original."""
        return order in self.copies or any(delivery.order == order for delivery in self.out.values())

    def _trimmed(self, event: Event) -> None:
        if event.order is not None:
            self.out.pop(place(event), None)
            self.queued.discard(event.order)

    def _rejected(self, event: Event) -> None:
        delivery = self.out.pop(place(event), None)
        if delivery is not None and event.data.get("requeue"):
            self._return(delivery.order)
        elif delivery is not None and self.dead:
            self._finish(delivery.order)  # the queue's own dead-letter exchange

    def _subscribed(self, event: Event) -> None:
        if event.frame == "ConsumerGroupHeartbeat":
            (self.unassigned.discard if event.data.get("partitions") else self.unassigned.add)(event.actor)

    def _closed(self, event: Event) -> None:
        conn, channel = event.data.get("conn"), event.data.get("channel")
        whole = event.data.get("scope") != "channel"
        self._return_all(lambda d: bound_to_connection(d) and (d.actor, d.pos.get("conn")) == (event.actor, conn)
                         and (whole or d.pos.get("channel") == channel))

    def _fault(self, event: Event) -> None:
        for seq in event.data.get("swallowed", ()):
            self._take_back(self._events[seq])

    def _refused(self, event: Event) -> None:
        """A commit that the broker did not take."""
        commit = event.data.get("commit")
        if commit is not None:
            for earlier in self._events:
                if earlier.kind == "acknowledged" and earlier.data.get("commit") == commit:
                    self._take_back(earlier)

    def _take_back(self, event: Event) -> None:
        if event.kind == "acknowledged" and event.order is not None:
            # What somebody else had acknowledged before does not come back because it cannot be acknowledged twice.
            if self._settled_by.get(place(event)) is event:
                del self._settled_by[place(event)]
                self._return(event.order)
        elif event.kind == "published" and event.actor.startswith("producer"):
            self.queued.discard(event.order)
            self._sent[event.order] -= 1
        elif event.kind == "published" and event.actor != "bench":
            self.copies.discard(event.order)
            if event.order in self.accepted and not self.charged[event.order]:
                self._left.add(event.order)  # not among the dead letters after all

    def _confirmed(self, event: Event) -> None:
        self.confirmed.add(event.order)

    def _returned(self, event: Event) -> None:
        self.rounds.came_back[event.order] += 1

    def _killed(self, event: Event) -> None:
        self._return_all(lambda delivery: delivery.actor == event.actor or event.actor == "broker")

    def _charged(self, event: Event) -> None:
        if self.output:
            return
        if not event.data.get("replayed"):
            self.charged[event.order] += 1
        self._finish(event.order)

    def _withdrawn(self, event: Event) -> None:
        self.withdrawn.add(event.order)

    def _erased(self, event: Event) -> None:
        """A row is gone again."""
        if self.produces:
            if not event.data["rows"]:
                self.accepted.discard(event.order)
            return
        self.charged[event.order] -= 1
        if self.charged[event.order] <= 0 and event.order in self.accepted:
            self._left.add(event.order)

    def _charge_failed(self, event: Event) -> None:
        if event.data.get("status") == 422:
            self.refused.add(event.order)
            self.rounds.refused_attempts[event.order] += 1
            if not self.dead:
                self._finish(event.order)
        else:
            self.failed.add(event.order)
            self.rounds.failed_attempts[event.order] += 1

    # --- bookkeeping

    def _return(self, order: str) -> None:
        self.queued.add(order)
        self.rounds.returns[order] += 1

    def _return_all(self, which: Callable[[Event], bool]) -> None:
        for where in [p for p, delivery in self.out.items() if which(delivery)]:
            self._return(self.out.pop(where).order)

    def _put_back(self, order: str) -> None:
        """A dead letter comes once more, to a shop that is mended."""
        if order in self.accepted and not self.charged[order]:
            self.refused.discard(order)
            self.failed.discard(order)
            self._left.add(order)

    def _finish(self, order: str | None) -> None:
        if order in self._left:
            self.last_finished = time.monotonic()
        self._left.discard(order)
