"""Where every order stands while a scenario runs, so that the run can end as soon as its outcome is settled."""

import time
from collections import Counter
from collections.abc import Collection, Sequence

from helpers.wire.events import Event

HOT_LOOP = 400
"""Returns of one order to its queue after which a run has shown enough."""

REFUSED_ATTEMPTS = 25
"""Attempts to charge an order that the shop has refused for good, after which a run has shown enough."""

_STILL = {"polled", "undecoded"}  # events that are no movement


class Tracker:
    """Follows the events of one scenario.

    queued: copies the broker holds in the lab's own queue, by the journal's word; out: delivered and not settled.
    """

    def __init__(self, orders: Collection[str], events: Sequence[Event]):
        self.orders = set(orders)
        self._events = events
        self.accepted: set[str] = set()
        self.charged: Counter[str] = Counter()
        self.refused: set[str] = set()
        self.failed: set[str] = set()
        self.returns: Counter[str] = Counter()
        self.refused_attempts: Counter[str] = Counter()
        self.queued: set[str] = set()
        self.out: dict[tuple[str, int, int, int], str] = {}
        self.copies: set[str] = set()
        self.last_move = time.monotonic()
        self._left: set[str] = set()
        self._fresh: set[str] = set()  # started, and not yet given an order

    def on_event(self, event: Event) -> None:
        if event.kind in ("started", "restarted"):
            self._fresh.add(event.actor)
        elif event.kind in ("delivered", "redelivered", "polled"):
            self._fresh.discard(event.actor)
        # A program that looks into an empty queue over a new connection each time does not move anything.
        about_something = event.order is not None or event.src != "tap" or event.actor in self._fresh
        if event.kind not in _STILL and about_something:
            self.last_move = time.monotonic()
        handler = getattr(self, "_" + event.kind, None)
        if handler is not None:
            handler(event)

    # --- what the bench asks

    @property
    def waiting(self) -> set[str]:
        """Orders that the broker still holds for the program: queued, delivered and unsettled, or republished by it."""
        return self.queued | set(self.out.values()) | (self.copies & self.unfinished)

    @property
    def in_queue(self) -> set[str]:
        """What the lab's own queue must hold once every consumer has gone."""
        return self.queued | set(self.out.values())

    @property
    def unfinished(self) -> set[str]:
        """Accepted, neither charged nor refused."""
        return self._left

    @property
    def settled(self) -> bool:
        return bool(self.accepted) and not self._left and not self.queued and not self.out

    @property
    def shown_enough(self) -> bool:
        """A loop that would go on for ever."""
        most = self.returns.most_common(1)
        attempts = self.refused_attempts.most_common(1)
        return bool(most and most[0][1] > HOT_LOOP) or bool(attempts and attempts[0][1] > REFUSED_ATTEMPTS)

    def quiet_for(self) -> float:
        return time.monotonic() - self.last_move

    # --- events

    def _accepted(self, event: Event) -> None:
        self.accepted.add(event.order)
        self._finish(event.order)
        if not self.charged[event.order] and event.order not in self.refused:
            self._left.add(event.order)

    def _published(self, event: Event) -> None:
        if event.order is None:
            return
        if event.actor == "bench":
            self.queued.add(event.order)
        else:
            self.copies.add(event.order)

    def _delivered(self, event: Event) -> None:
        if event.order not in self.orders:
            return
        self.queued.discard(event.order)
        self.copies.discard(event.order)
        if not event.data.get("auto_ack"):
            self.out[self._place(event)] = event.order

    _redelivered = _delivered

    def _acknowledged(self, event: Event) -> None:
        self.out.pop(self._place(event), None)

    def _rejected(self, event: Event) -> None:
        order = self.out.pop(self._place(event), None)
        if order is not None and event.data.get("requeue"):
            self._return(order)

    def _closed(self, event: Event) -> None:
        conn, channel = event.data.get("conn"), event.data.get("channel")
        whole = event.data.get("scope") != "channel"
        self._return_all(lambda place: place[:2] == (event.actor, conn) and (whole or place[2] == channel))

    def _fault(self, event: Event) -> None:
        for seq in event.data.get("swallowed", ()):
            if self._events[seq].kind == "acknowledged":
                self._return(self._events[seq].order)

    def _killed(self, event: Event) -> None:
        self._return_all(lambda place: place[0] == event.actor or event.actor == "broker")

    def _charged(self, event: Event) -> None:
        if not event.data.get("replayed"):
            self.charged[event.order] += 1
        self._finish(event.order)

    def _charge_failed(self, event: Event) -> None:
        if event.data.get("status") == 422:
            self.refused.add(event.order)
            self.refused_attempts[event.order] += 1
            self._finish(event.order)
        else:
            self.failed.add(event.order)

    # --- bookkeeping

    @staticmethod
    def _place(event: Event) -> tuple[str, int, int, int]:
        pos = event.pos or {}
        return event.actor, pos.get("conn"), pos.get("channel"), pos.get("tag")

    def _return(self, order: str) -> None:
        self.queued.add(order)
        self.returns[order] += 1

    def _return_all(self, which) -> None:
        for place in [p for p in self.out if which(p)]:
            self._return(self.out.pop(place))

    def _finish(self, order: str | None) -> None:
        self._left.discard(order)
