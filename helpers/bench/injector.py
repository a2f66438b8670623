"""Brings the faults of a scenario about, each at its moment; a moment is a count of distinct orders."""

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from helpers.bench import fault_words
from helpers.bench import faults as f
from helpers.bench.charges import TICK, Charges
from helpers.bench.deeds import Hands, do
from helpers.bench.report import FaultRecord
from helpers.wire.events import Event
from helpers.wire.tap import Action, After, Before

HOLD = 0.05
"""Seconds between an effect and the kill that hides it from the program: clients with late writes (amqplib) need them to
send the acknowledgements of earlier orders, which they believe sent (measured: 20 of 20 alike, without it 10 of 24)."""

_ON_THE_WIRE = {
    f.BeforePublish: ({"published"}, Before),
    f.Published: ({"published"}, After),
    f.BeforeConfirm: ({"confirmed"}, Before),
    f.Delivered: ({"delivered", "redelivered"}, After),
    f.BeforeAck: ({"acknowledged"}, Before),
    f.LetGo: ({"acknowledged", "trimmed"}, Before),
    f.AfterAck: ({"acknowledged", "trimmed"}, After),  # trimmed: the program has deleted it from a stream
}

_LETTING_GO = (f.BeforeAck, f.AfterAck, f.LetGo)

CHARGING = 1.0
"""Seconds for which a charge that will not come about is held: an acknowledgement that was sent before, or beside, it has
reached the broker by then. A client that commits by itself now and then needs its interval (`Injector.patience`)."""

SENDING = 0.3
"""Seconds that an order is on its way in vain before its program is killed (fault moment Sending): a program that does not
wait for the confirm lets go of the order meanwhile."""


class Injector:
    """Watches the events of one scenario. `records`: every fault, and whether it has fired. `hands` is set before the first
    event. `numbers`: order id -> n."""

    hands: Hands

    def __init__(self, faults: Sequence[f.Fault], numbers: Mapping[str, int]):
        self._numbers = numbers
        self.patience = CHARGING
        self.look: Callable[[], None] = lambda: None
        """Journals the effects that can be seen by now, where they are watched from outside (helpers.bench.own.effects)."""

        self.undone: Callable[[str], bool] = lambda order: True
        self._acknowledged: set[str] = set()
        self._early = False  # an acknowledgement came before its effect, and the effect before the kill
        self._on_its_way: dict[str, tuple[str, f.Fault]] = {}  # actor -> the order that it sends in vain, and why
        self.records = {fault: FaultRecord(str(fault), fired=False, words=fault_words.tell(fault)) for fault in faults}
        self._seen: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)  # (role, moment) -> distinct orders
        self._charges = Charges(faults, self._meet)

    @property
    def waiting(self) -> list[f.Fault]:
        """Faults that have not fired."""
        return [fault for fault, record in self.records.items() if not record.fired]

    # --- moments on the wire

    def on_event(self, event: Event) -> Action | None:
        """The tap's hook: called before the frame is forwarded."""
        if event.frame == "EndTxn" and event.data.get("commit") is True:
            return self._on_commit(event, event.data.get("orders", ()))
        if event.order is None or event.data.get("unknown"):
            return None
        self._meet_unroutable(event)
        if event.kind == "acknowledged" or event.data.get("auto_ack"):
            self._acknowledged.add(event.order)
            if (caught := self._undone(event)) is not None:
                return caught
        if (action := self._in_vain(event)) is not None:
            return action
        for fault in self._drops(event):
            # To be swallowed is all that happens to it; what is then noted names the frame.
            return Before(lambda fault=fault: self._mark(fault, self.hands.note_fault(str(fault)), event.order))
        for fault in self._faults_with_moment(event.actor):
            if isinstance(fault.when, f.Committed) and event.kind == "acknowledged":
                return self._on_commit(event, [event.order])
            if isinstance(fault.when, f.Sending):
                if event.kind == "published" and self._reached(event.actor, fault.when, event.order):
                    return Before(lambda fault=fault: self._break(fault, event))
                continue
            kinds, action = _ON_THE_WIRE.get(type(fault.when), (set(), None))
            if action is Before and event.kind == "acknowledged" and event.data.get("tx") and "exec" not in event.data:
                continue  # the broker has committed it: there is no "before" any more
            # settled by being sent
            forgotten = isinstance(fault.when, (f.AfterAck, f.LetGo)) and bool(event.data.get("auto_ack"))
            if (event.kind in kinds or forgotten) and self._reached(event.actor, fault.when, event.order):
                if forgotten and isinstance(fault.when, f.LetGo):
                    self.hands.freeze(event.actor)  # it reaches the process, which does nothing with it any more
                    action = After
                return action(lambda fault=fault: self._fire(fault, event))
        return None

    def _undone(self, event: Event) -> Action | None:
        """Whether this acknowledgement comes before its effect: the program stands still while that is looked up."""
        for fault in self._faults_with_moment(event.actor):
            if not isinstance(fault.when, f.AckedUndone):
                continue
            self._reached(event.actor, fault.when, event.order)
            if len(self._seen[event.actor, "AckedUndone"]) < fault.when.n or not self.undone(event.order):
                continue
            self._early = True
            self.hands.freeze(event.actor)
            self.look()
            if self.undone(event.order):
                return After(lambda fault=fault: self._fire(fault, event))
            self.hands.thaw(event.actor)
        return None

    def _break(self, fault: f.Fault, event: Event) -> None:
        """The order does not get through; the kill follows."""
        self._cut(fault, event)
        self._on_its_way[event.actor] = event.order, fault
        self.hands.kill_soon(event.actor, SENDING)

    def _cut(self, fault: f.Fault, event: Event) -> None:
        """The connection breaks on which the order is on its way."""
        self._mark(fault, self.hands.note_fault(str(fault)), event.order)
        self.hands.reset(event.actor, event.data.get("conn") or (event.pos or {}).get("conn"))

    def _in_vain(self, event: Event) -> Action | None:
        """What becomes of an order whose program is about to be killed: it is not sent, and once let go of it is too late."""
        order, fault = self._on_its_way.get(event.actor, ("", None))
        if order != event.order or not self.hands.dying(event.actor):
            return None
        if event.kind == "published":
            return Before(lambda: self._cut(fault, event))
        return After(lambda: self.hands.kill(event.actor)) if event.kind == "acknowledged" else None

    def _on_commit(self, event: Event, orders: Sequence[str]) -> Action | None:
        """A commit of Kafka's, of offsets or of a transaction, is about to reach the broker."""
        for fault in self._faults_with_moment(event.actor):
            if isinstance(fault.when, f.Committed) and any([self._reached(event.actor, fault.when, o) for o in orders]):
                return After(lambda fault=fault: self._fire(fault, event))
        return None

    def _drops(self, event: Event) -> list[f.Fault]:
        """Faults by which this event's frame is lost, here and now."""
        return [x for x in self.waiting if isinstance(x, f.Drop) and x.kind == event.kind
                and not event.data.get("tx") and self._reached(event.actor, x, event.order)]

    def _meet_unroutable(self, event: Event) -> None:
        if event.kind == "published":
            for fault in self.waiting:
                if isinstance(fault, f.Unroutable) and self._numbers.get(event.order) == fault.n:
                    self._meet(fault)

    def meet_malformed(self) -> None:
        """The orders that are none stand in the broker."""
        for fault in self.waiting:
            if isinstance(fault, f.Malformed):
                self._meet(fault)

    def close(self) -> None:
        """The programs are done. One that knew by itself where an order does not fit never tried it."""
        for fault in self.waiting:
            if isinstance(fault, f.Unroutable):
                self._meet(fault)

    def _faults_with_moment(self, role: str) -> list[f.Fault]:
        return [x for x in self.waiting if hasattr(x, "when") and self._role(x) in (role, None)]

    @staticmethod
    def _role(fault: f.Fault) -> str | None:
        """Whose moments the fault counts; None: anybody's."""
        role = getattr(fault, "role", None) or getattr(fault, "target", None)
        return None if role == "broker" else role

    def _reached(self, role: str, when: f.When | f.Drop, order: str) -> bool:
        """Whether this is the n-th distinct order at such a moment, and this event its first there."""
        moment = f"Point {when.name}" if isinstance(when, f.Point) else getattr(when, "kind", type(when).__name__)
        seen = self._seen[role, moment]
        seen.setdefault(order, None)
        return len(seen) == when.n and next(reversed(seen)) == order

    # --- moments in the shop

    def fate(self, order: str) -> tuple[int, float]:
        """(status, seconds to wait) of this attempt to charge; see shopserver.Rules."""
        return self._charges.fate(order, self.hands)

    async def linger(self, seconds: float) -> None:
        """See shopserver.Rules."""
        await self._charges.linger(seconds, self.hands)

    async def charged(self, role: str, order: str) -> bool:
        """An order has been charged; True where the program died of it."""
        return await self._in_the_shop(f.Charged, role, order)

    async def charging(self, role: str, order: str) -> bool:
        """The program has asked for a charge; True where that never comes about."""
        for fault in self._faults_with_moment(role):
            if isinstance(fault.when, f.Charging) and self._reached(role, fault.when, order):
                end = time.monotonic() + self.patience
                while order not in self._acknowledged and time.monotonic() < end:
                    await self.hands.hold(TICK)
                await self.hands.hold(HOLD)
                return True
        return False

    def charge_broke_off(self, role: str, order: str) -> None:
        """It has been journaled: what was to happen at that moment does."""
        for fault in self._faults_with_moment(role):
            if isinstance(fault.when, f.Charging):
                self._fire(fault)

    async def accepted(self, role: str, order: str) -> bool:
        """The program has promised an order; True where it died of it."""
        return await self._in_the_shop(f.Accepted, role, order)

    async def pointed(self, role: str, name: str, order: str) -> bool:
        """The program has come to a point of its work on an order; True where it died of it."""
        return await self._in_the_shop(f.Point, role, order, name)

    async def _in_the_shop(self, moment: type[f.When], role: str, order: str, point: str = "") -> bool:
        for fault in self._faults_with_moment(role):
            here = isinstance(fault.when, moment) and getattr(fault.when, "name", "") == point
            if here and self._reached(role, fault.when, order):
                await self.hands.hold(HOLD)
                self._fire(fault, order=order)
                return isinstance(fault, f.Kill)
        return False

    def on_idle(self) -> None:
        """Nothing has moved for a while."""
        for fault in self.waiting:
            when = getattr(fault, "when", None)
            if isinstance(when, f.Idle) or (isinstance(when, f.AckedUndone) and not self._early):
                self._fire(fault)
                return

    def lift(self) -> None:
        """The shop is mended: from now on it charges every order."""
        self._charges.lifted = True

    @property
    def awaits_acknowledgement(self) -> bool:
        return any(isinstance(getattr(fault, "when", None), _LETTING_GO) for fault in self.waiting)

    def on_no_acknowledgement(self) -> None:
        """The program acknowledges nothing (it may keep its position elsewhere): what waited for it comes about all the same."""
        for fault in self.waiting:
            if isinstance(getattr(fault, "when", None), _LETTING_GO):
                self._fire(fault)
                return

    # --- firing

    def _meet(self, fault: f.Fault, order: str | None = None) -> None:
        """A fault that does nothing but stand there has been met."""
        if not self.records[fault].fired:
            self._mark(fault, self.hands.note_fault(str(fault)), order)

    def _fire(self, fault: f.Fault, event: Event | None = None, order: str | None = None) -> None:
        if self.records[fault].fired:
            return
        self._mark(fault, self.hands.note_fault(str(fault)), event.order if event else order)
        do(self.hands, fault, event)

    def _mark(self, fault: f.Fault, note: Event, order: str | None = None) -> None:
        record = self.records[fault]
        record.fired, record.seq, record.order = True, note.seq, self._numbers.get(order)
