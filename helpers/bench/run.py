"""One scenario: the program(s), the broker, the shop and the faults brought together until the outcome is settled."""

import asyncio
import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from helpers.bench import arrivals
from helpers.bench.cast import Cast
from helpers.bench.faults import Fault, Malformed, Unroutable
from helpers.bench.hands import Hands
from helpers.bench.injector import Injector
from helpers.bench.lab import Lab, Scenario
from helpers.bench.own.effects import watch
from helpers.bench.program import Command, Program
from helpers.bench.report import FaultRecord
from helpers.bench.shop_db import ShopDB, sequence
from helpers.bench.shopserver import Shop
from helpers.bench.stage import Census, Stage
from helpers.bench.tracker import Tracker
from helpers.wire import tokens
from helpers.wire.events import Event, Journal

TICK = 0.01
CONTACT = 10.0
"""Seconds that a started program has until its first word to the broker or the shop."""
PROGRESS = 2.0
"""Seconds without an order finished after which a deadline counts: slow is not wrong. At twice the deadline it counts anyway."""
QUIET_DONE = 0.8
"""Seconds without movement after which a run ends whose broker holds nothing more for the program."""
QUIET_WAITING = 4.0
"""The same while the broker still holds orders for it."""
QUIET_FAILED = 8.0
"""The same where an order that the broker still holds met a 503: the program may be waiting before it tries again."""
QUIET_BACKING_OFF = 12.0
"""The same where a program that has something to do lost its connection: clients wait before they try again, longer each time
(redis-py 8 and librdkafka up to 10 s)."""
QUIET_LET_GO = 2.0
"""The same where the program let go of an order that met a 503: it may keep it in memory to try again."""
QUIET_COMMIT = 6.5
"""The same where all is charged, something is uncommitted, and a fault waits for a commit: clients that commit by themselves
do so every 5 s unless told otherwise. Then the fault comes about without one."""
_CUSTOMERS = ("ada", "ben", "cleo", "finn")
"""Customers in a lab that is about their orders' order; of three partitions, none stays empty."""
IDLE = 0.25
"""Seconds without movement that count as idle (fault moment Idle)."""


@dataclass
class Outcome:
    """What a scenario left behind; everything else is computed from it by pure functions.

    programs:        by member: the role's name, or "consumer-2" for one that joined.
    unroutable:      orders for which the broker has no place.
    charged_is_done, dead, output: see stage.Stage.
    """

    scenario: Scenario
    orders: list[dict[str, Any]]
    events: list[Event]
    began_ns: int
    faults: list[FaultRecord]
    census: Census
    programs: dict[str, Program]
    incomplete: list[str] = field(default_factory=list)
    untouched: list[str] = field(default_factory=list)
    ended_because: str = ""
    seconds: float = 0.0
    unroutable: frozenset[str] = frozenset()
    charged_is_done: bool = False
    dead: str = ""
    output: str = ""


class Run:
    """Runs one scenario. `progress(tracker, restarts, last fault)` is called about ten times a second."""

    _broker_back = 0.0  # when the broker was there again: what starts while it is away can reach nobody

    def __init__(self, lab: Lab, scenario: Scenario, faults: Sequence[Fault], seed: int, commands: Mapping[str, Command],
                 stage: Stage, folder: Path, progress: Callable[[Tracker, int, str | None], None]):
        self.lab, self.scenario, self.stage, self.folder = lab, scenario, stage, folder
        self.orders = draw_orders(lab, scenario, seed)
        self._progress = progress
        self._kept = ExitStack()  # the files of this run; the bench's process ends without flushing them
        self.journal = Journal(self._kept.enter_context((folder / "events.jsonl").open("w")))
        unroutable = {o["id"] for o in self.orders for f in scenario.faults if isinstance(f, Unroutable) and o["n"] == f.n}
        stage.malformed = {o["id"] for o in self.orders for f in faults if isinstance(f, Malformed) and o["n"] == f.n}
        self.tracker = Tracker([o["id"] for o in self.orders], self.journal.events, produces="consumer" not in lab.roles,
                               both={"producer", "consumer"} <= set(lab.roles), unroutable=unroutable,
                               charged_is_done=stage.charged_is_done, dead=stage.dead, output=stage.output,
                               malformed=stage.malformed, copies_sent=bool(scenario.sent or lab.sent))
        self.journal.listen(self.tracker.on_event)
        self.journal.listen(self._note_return)
        self.injector = Injector(faults, {o["id"]: o["n"] for o in self.orders})
        self.shop = Shop(self.journal, self.orders, self.injector)
        self.database = None
        if lab.table:
            self.shop.by_row = self.tracker.produces
            self.database = ShopDB(folder / "shop.db", lab.table, self.journal, lab.roles[0], self.orders,
                                   "accepted" if self.shop.by_row else "charged")
            self.journal.listen(self.shop.on_event)
        given = {"SHOP_DB": str(self.database.path)} if self.database else {}
        self.cast = Cast(stage, self.shop, self.journal, folder, commands, self.injector.on_event, self._kept, given)
        self.watched = self.database or watch(lab, self)
        self.cast.always = lab.own is not None and not self.tracker.produces
        self.hands = self.injector.hands = Hands(self.cast)
        self.hands.done, self.hands.quiet_for = lambda: self.tracker.settled, self.tracker.quiet_for
        self.began_ns = time.monotonic_ns()

    # --- the course of a scenario

    async def perform(self) -> Outcome:
        """Run it to its end; whatever happens, nothing of it is left running. Raises BrokerError, OSError."""
        started = time.monotonic()
        try:
            await self._prepare()
            if self.watched:
                self.journal.before = self.shop.look = self.watched.look
            if not self.cast.started:
                self.began_ns = time.monotonic_ns()
                self.cast.start_all()
            because = await self._until_settled()
            if self.scenario.redrive and self.tracker.settled:
                because = await self._redrive() or because
            await self.cast.stop()
            await self.hands.finish()
            if self.watched:
                self.watched.last_look()
            self.injector.close()
            untouched = [m.name for m in self.cast.members.values() if not m.tap.counters["bytes"]]
            incomplete = [why for tap in self.cast.taps.values() for why in tap.incomplete]
            if self.watched and self.watched.trouble:
                incomplete.append(self.watched.trouble)
            await self.cast.close_taps()
            census = await asyncio.to_thread(self.stage.census, lambda: len(self.tracker.in_queue))
            self._record_census(census)
            return Outcome(self.scenario, self.orders, self.journal.events, self.began_ns,
                           list(self.injector.records.values()), census, self.cast.programs, incomplete, untouched,
                           because, time.monotonic() - started, frozenset(self.tracker.unroutable),
                           self.stage.charged_is_done, self.stage.dead, self.stage.output)
        finally:
            await self._clear()

    async def _prepare(self) -> None:
        bench = await self.cast.open_tap("bench")
        for role in self.lab.roles:
            await self.cast.add(role, role)
        if "producer" not in self.lab.roles:
            loop = asyncio.get_running_loop()

            def accepted(order: str) -> None:
                loop.call_soon_threadsafe(lambda: self.journal.record("runner", "bench", "accepted", order))

            if self.lab.own and self.lab.own.declared_by == "program":
                self.began_ns = time.monotonic_ns()
                self.cast.start_all()
            sent = sequence(self.orders, self.scenario.sent or self.lab.sent)
            await asyncio.to_thread(self.stage.fill, bench.port, sent, accepted)
            for order in sorted(self.stage.malformed):
                self.journal.record("runner", "bench", "malformed", order)
            self.injector.meet_malformed()

    async def _redrive(self) -> str | None:
        """The shop is mended, the dead letters are put back: what is settled now; None where there was none."""
        self.injector.lift()
        letters = await asyncio.to_thread(self.stage.redrive, self.cast.taps["bench"].port)
        self.journal.record("runner", "bench", "redriven", letters=letters)
        return await self._until_settled() if letters else None

    async def _until_settled(self) -> str:
        before = time.monotonic()
        deadline = before + self.lab.deadline
        next_progress = next_memory = 0.0
        while True:
            now = time.monotonic()
            if any(member.silent for member in self.cast.at_work):
                deadline += now - before  # an interpreter that starts on a slow machine does no work yet; CONTACT bounds it
            before = now
            if (because := self._settled(now, deadline)) is not None:
                return because
            if self.watched:
                self.watched.look()
            self._consider_idle()
            if now >= next_progress:
                self.journal.flush()
                self._progress(self.tracker, self.cast.restarts, self.hands.last_fault)
                next_progress = now + 0.1
            if now >= next_memory:
                for member in self.cast.members.values():
                    member.program.check_memory()
                next_memory = now + 0.25
            await asyncio.sleep(TICK)

    def _note_return(self, event: Event) -> None:
        if (event.actor, event.kind) == ("broker", "restarted"):
            self._broker_back = time.monotonic()

    def _settled(self, now: float, deadline: float) -> str | None:
        """Why the scenario is over; None while it goes on."""
        if self.hands.failures:
            return "the bench or the broker failed"
        if now > deadline and (self.tracker.stuck_for() > PROGRESS or now > deadline + self.lab.deadline):
            return f"the deadline of {self.lab.deadline:g} s was reached"
        if any(m.program.over_limit for m in self.cast.members.values()):
            return "the program went over a limit"
        if self.tracker.shown_enough:
            return "an order went round in circles"
        if self.hands.busy or self.shop.under_way:
            return None
        if not self.cast.at_work:
            return "the program ended by itself"
        quiet = self.tracker.quiet_for()
        over = self.tracker.settled and not self.injector.waiting and not self.tracker.may_repeat
        if over and quiet > self.tracker.settling * TICK:
            return "every order is settled"
        for member in self.cast.at_work:
            if member.silent:
                contact = max(CONTACT, self.lab.own.patience) if self.lab.own else CONTACT
                if now - max(member.born, self._broker_back) > contact:
                    return f"nothing arrived from the {member.name} within {contact:g} s"
                return None
        patience = self._patience()
        if patience > QUIET_DONE:
            # A program that was long in coming has only just begun: its first bytes may not be a whole frame yet.
            quiet = min([quiet, *(now - member.spoke for member in self.cast.at_work)])
        if quiet > patience:
            return f"nothing had moved for {quiet:.1f} s"
        return None

    def _patience(self) -> float:
        waiting = self.tracker.waiting
        if self.lab.own and (waiting or self.tracker.unfinished or not self.tracker.accepted):
            return self.lab.own.patience if waiting or not self.tracker.accepted else self.lab.own.patience / 3
        if waiting and (self.tracker.produces or self.tracker.output) and any(member.cut for member in self.cast.at_work):
            return QUIET_BACKING_OFF
        if waiting and self.tracker.both and any(member.name in self.tracker.away for member in self.cast.at_work):
            return QUIET_BACKING_OFF
        if self._awaits_commit():
            return QUIET_COMMIT + QUIET_DONE
        if waiting and self.tracker.unassigned:
            return QUIET_FAILED
        if self.tracker.unfinished & self.tracker.failed:
            return QUIET_FAILED if waiting else QUIET_LET_GO
        return QUIET_WAITING if waiting or not self.tracker.accepted or self.tracker.may_repeat else QUIET_DONE

    def _awaits_commit(self) -> bool:
        return (self.stage.charged_is_done and self.tracker.settled and bool(self.tracker.in_queue) and bool(self.cast.at_work)
                and self.injector.awaits_acknowledgement)

    def _consider_idle(self) -> None:
        if self._awaits_commit() and self.tracker.quiet_for() > QUIET_COMMIT:
            self.injector.on_no_acknowledgement()
        done = self.tracker.accepted if self.tracker.produces else self.tracker.charged
        if done and not self.shop.under_way and not self.hands.busy and self.tracker.quiet_for() > IDLE:
            if not any(member.silent for member in self.cast.at_work):
                self.injector.on_idle()

    # --- bookkeeping

    def _record_census(self, census: Census) -> None:
        known = {order["id"]: order for order in self.orders}
        for place, orders in census.places.items():
            dead = place == self.stage.dead if self.stage.dead else place not in (census.main, self.stage.output)
            kind = "dead_lettered" if dead else "queued"
            messages = census.messages.get(place) or [None] * len(orders)
            for order, message in zip(orders, messages, strict=True):
                faults, where = [], {}
                if message is not None and order in known and "partition" in message.meta:
                    where = {"partition": message.meta["partition"], "customer": known[order]["customer"]}
                if self.tracker.produces and message is not None and order in known:
                    faults = [list(fault) for fault in arrivals.amiss(message, known[order], self.lab)]
                elif place == self.stage.dead and message is not None and order in known:
                    faults = [["dead-letter-mute", fault] for fault in
                              arrivals.dead_letter_faults(message, known[order], self.stage.malformed)]
                self.journal.record("probe", "broker", kind, order, queue=place, **where, **({"amiss": faults} if faults else {}),
                                    **({} if dead or place == census.main else {"aside": True}))

    async def _clear(self) -> None:
        self.hands.drop_all()
        await self.cast.clear()
        self.shop.close()
        if self.watched:
            self.journal.before = None
            self.watched.close()
        self._kept.close()


def draw_orders(lab: Lab, scenario: Scenario, seed: int) -> list[dict[str, Any]]:
    """The orders of a scenario: drawn anew for every seed, the same for the same seed."""
    rng = random.Random(f"{seed}/{lab.name}/{scenario.name}")
    customers = ["ada", "ben", "cleo", "dora", "eli", "finn"]
    drawn = [{"id": order, "n": n, "customer": rng.choice(customers), "amount": rng.randrange(500, 20000) / 100}
             for n, order in enumerate(tokens.draw(rng, lab.orders), 1)]
    if lab.ordered or lab.spread:  # in rounds: none of them has all its orders behind it early
        rounds = [rng.sample(_CUSTOMERS, len(_CUSTOMERS)) for _ in range(0, lab.orders, len(_CUSTOMERS))]
        for order, customer in zip(drawn, (c for each in rounds for c in each), strict=False):
            order["customer"] = customer
    for name, values in lab.extra.items():
        for order in drawn:
            order[name] = rng.choice(values)
    for fault in scenario.faults:
        if isinstance(fault, Unroutable):
            drawn[fault.n - 1][fault.field] = fault.value
    return drawn
