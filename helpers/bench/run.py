"""One scenario: the program(s), the broker, the shop and the faults brought together until the outcome is settled."""

import asyncio
import os
import random
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from helpers.bench.faults import Fault
from helpers.bench.injector import Injector
from helpers.bench.lab import Lab, Scenario
from helpers.bench.program import Command, Program
from helpers.bench.report import FaultRecord
from helpers.bench.shopserver import Shop
from helpers.bench.stage import Census, Stage
from helpers.bench.tracker import Tracker
from helpers.wire import tokens
from helpers.wire.events import Event, Journal
from helpers.wire.tap import Tap

TICK = 0.01
CONTACT = 10.0
"""Seconds that a started program has until its first word to the broker or the shop."""
QUIET_DONE = 0.8
"""Seconds without movement after which a run ends whose broker holds nothing more for the program."""
QUIET_WAITING = 4.0
"""The same while the broker still holds orders for it."""
QUIET_FAILED = 8.0
"""The same where an order that the broker still holds met a 503: the program may be waiting before it tries again."""
QUIET_LET_GO = 2.0
"""The same where the program let go of an order that met a 503: it may keep it in memory to try again."""
IDLE = 0.25
"""Seconds without movement that count as idle (fault moment Idle)."""
MAX_RESTARTS = 3


@dataclass
class Outcome:
    """What a scenario left behind; everything else is computed from it by pure functions."""

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


class Run:
    """Runs one scenario. `progress(tracker, restarts, last fault)` is called about ten times a second."""

    def __init__(self, lab: Lab, scenario: Scenario, faults: Sequence[Fault], seed: int, commands: Mapping[str, Command],
                 stage: Stage, folder: Path, progress: Callable[[Tracker, int, str | None], None]):
        self.lab, self.scenario, self.stage, self.folder = lab, scenario, stage, folder
        self.orders = draw_orders(lab, scenario, seed)
        self._commands = commands
        self._progress = progress
        self._kept = ExitStack()  # the files of this run; the bench's process ends without flushing them
        self.journal = Journal(self._kept.enter_context((folder / "events.jsonl").open("w")))
        self.tracker = Tracker([o["id"] for o in self.orders], self.journal.events)
        self.journal.listen(self.tracker.on_event)
        self.journal.listen(self._note_heartbeat)
        self.injector = Injector(faults, self)
        self.shop = Shop(self.journal, self.orders, self.injector)
        self.programs: dict[str, Program] = {}
        self.taps: dict[str, Tap] = {}
        self.began_ns = time.monotonic_ns()
        self._heartbeats: dict[tuple[str, int], int] = {}
        self._born: dict[str, float] = {}
        self._mute: dict[str, bool] = {}
        self._heard_before: dict[str, int] = {}
        self._cut: set[str] = set()
        self._restarts: dict[str, int] = {}
        self._finished: set[str] = set()
        self._jobs: set[asyncio.Task] = set()
        self._broker_there = asyncio.Event()
        self._broker_there.set()
        self._failures: list[BaseException] = []
        self._last_fault: str | None = None
        self._told: set[int] = set()  # swallowed events that a fault event has named

    # --- the course of a scenario

    async def perform(self) -> Outcome:
        """Run it to its end; whatever happens, nothing of it is left running. Raises BrokerError, OSError."""
        started = time.monotonic()
        try:
            await self._prepare()
            self.began_ns = time.monotonic_ns()
            for role in self.lab.roles:
                self._start(role)
            because = await self._until_settled()
            for program in self.programs.values():
                await program.stop()
                if program.exit is not None and program.starts:
                    self.journal.record("runner", program.role, "stopped", status=program.exit)
            if self._jobs:
                await asyncio.wait(self._jobs)
            if self._failures:
                raise self._failures[0]
            untouched = [r for r in self.lab.roles if not self.taps[r].counters["bytes"]]
            incomplete = [why for tap in self.taps.values() for why in tap.incomplete]
            await self._close_taps()
            census = await asyncio.to_thread(self.stage.census, lambda: len(self.tracker.in_queue))
            self._record_census(census)
            return Outcome(self.scenario, self.orders, self.journal.events, self.began_ns,
                           list(self.injector.records.values()), census, self.programs, incomplete, untouched,
                           because, time.monotonic() - started)
        finally:
            await self._clear()

    async def _prepare(self) -> None:
        for role in ("bench", *self.lab.roles):
            hook = self.injector.on_event if role != "bench" else None
            kept = self._kept.enter_context((self.folder / f"{role}.chunks").open("wb"))
            tap = self.taps[role] = Tap(actor=role, upstream=self.stage.upstream(), journal=self.journal,
                                        decoder=self.stage.decoder, hook=hook,
                                        chunks=kept)
            await tap.start()
        for role in self.lab.roles:
            door = await self.shop.open_door(role)
            state = self.folder / f"{role}-state"
            state.mkdir()
            env = {**_clean_environment(), **self.stage.environment(self.taps[role].port),
                   "SHOP_URL": door.url, "STATE_DIR": str(state), "PYTHONUNBUFFERED": "1"}
            self.programs[role] = Program(role, self._commands[role], env, self.folder / f"{role}.log",
                                          lambda status, role=role: self._on_exit(role, status))
        if "producer" not in self.lab.roles:
            loop = asyncio.get_running_loop()

            def accepted(order: str) -> None:
                loop.call_soon_threadsafe(lambda: self.journal.record("runner", "bench", "accepted", order))

            await asyncio.to_thread(self.stage.fill, self.taps["bench"].port, self.orders, accepted)

    def _start(self, role: str) -> None:
        program = self.programs[role]
        program.start()
        self._born[role] = time.monotonic()
        self._mute[role] = True
        self._heard_before[role] = self.taps[role].counters["bytes"] + self.shop.doors[role].requests
        again = program.starts > 1
        self.journal.record("runner", role, "restarted" if again else "started", pid=program.pid, start=program.starts)

    async def _until_settled(self) -> str:
        deadline = time.monotonic() + self.lab.deadline
        next_progress = next_memory = 0.0
        while True:
            now = time.monotonic()
            if (because := self._settled(now, deadline)) is not None:
                return because
            self._consider_idle()
            if now >= next_progress:
                self._progress(self.tracker, sum(self._restarts.values()), self._last_fault)
                next_progress = now + 0.1
            if now >= next_memory:
                for program in self.programs.values():
                    program.check_memory()
                next_memory = now + 0.25
            await asyncio.sleep(TICK)

    def _settled(self, now: float, deadline: float) -> str | None:
        """Why the scenario is over; None while it goes on."""
        busy = self._jobs or self.shop.under_way
        if self._failures:
            return "the bench or the broker failed"
        if now > deadline:
            return f"the deadline of {self.lab.deadline:g} s was reached"
        if any(p.over_limit for p in self.programs.values()):
            return "the program went over a limit"
        if self.tracker.shown_enough:
            return "an order went round in circles"
        if busy:
            return None
        if all(role in self._finished for role in self.lab.roles):
            return "the program ended by itself"
        if self.tracker.settled and not self.injector.waiting and self.tracker.quiet_for() > 3 * TICK:
            return "every order is settled"
        for role in self.lab.roles:
            if role not in self._finished and self._silent(role):
                if now - self._born[role] > CONTACT:
                    return f"nothing arrived from the {role} within {CONTACT:g} s"
                return None
        quiet = self.tracker.quiet_for()
        if quiet > self._patience():
            return f"nothing had moved for {quiet:.1f} s"
        return None

    def _patience(self) -> float:
        waiting = self.tracker.waiting
        if self.tracker.unfinished & self.tracker.failed:
            return QUIET_FAILED if waiting else QUIET_LET_GO
        return QUIET_WAITING if waiting or not self.tracker.accepted else QUIET_DONE

    def _silent(self, role: str) -> bool:
        """Whether nothing has come from the program since it was started last."""
        if self._mute[role]:
            heard = self.taps[role].counters["bytes"] + self.shop.doors[role].requests
            self._mute[role] = heard == self._heard_before[role]
        return self._mute[role]

    def _consider_idle(self) -> None:
        if self.tracker.charged and not self.shop.under_way and not self._jobs and self.tracker.quiet_for() > IDLE:
            if not any(self._silent(role) for role in self.lab.roles if role not in self._finished):
                self.injector.on_idle()

    # --- the hands of the injector

    def kill(self, role: str) -> None:
        self.journal.record("runner", role, "killed", signal="SIGKILL")
        self.taps[role].sever()
        self.shop.doors[role].sever()
        self.programs[role].kill()
        self._do(self._start_again(role))

    def pause(self, target: str, seconds: float) -> None:
        self._do(self._pause(target, seconds))

    def reset(self, role: str) -> None:
        self._cut.add(role)
        self.journal.record("runner", role, "reset")
        self.taps[role].reset()

    def kill_broker(self) -> None:
        self._cut.update(self.lab.roles)
        self.journal.record("runner", "broker", "killed", signal="SIGKILL")
        self._do(self._broker_back())

    def note_fault(self, spec: str) -> Event:
        self._last_fault = spec
        swallowed = {seq for tap in self.taps.values() for seq in tap.swallowed} - self._told
        self._told |= swallowed
        return self.journal.record("runner", "bench", "fault", spec=spec, swallowed=sorted(swallowed))

    def heartbeat(self) -> int:
        """The shortest heartbeat that a program negotiated, in seconds; 0: none."""
        return min((h for h in self._heartbeats.values() if h), default=0)

    async def hold(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    # --- jobs

    def _do(self, coroutine) -> None:
        task = asyncio.create_task(coroutine)
        self._jobs.add(task)

        def done(task: asyncio.Task) -> None:
            self._jobs.discard(task)
            if not task.cancelled() and task.exception() is not None:
                self._failures.append(task.exception())

        task.add_done_callback(done)

    async def _start_again(self, role: str) -> None:
        await self.programs[role].wait()
        await self._broker_there.wait()  # as a supervisor that backs off would
        self._restarts[role] = self._restarts.get(role, 0) + 1
        self._start(role)

    async def _pause(self, target: str, seconds: float) -> None:
        broker = target == "broker"
        self.journal.record("runner", target, "paused", seconds=seconds)
        if broker:
            await asyncio.to_thread(self.stage.server.pause)
        else:
            self.programs[target].freeze()
        try:
            await asyncio.sleep(seconds)
        finally:
            if broker:
                await asyncio.to_thread(self.stage.server.resume)
            else:
                self.programs[target].thaw()
        self.journal.record("runner", target, "resumed")

    async def _broker_back(self) -> None:
        self._broker_there.clear()
        await asyncio.to_thread(self.stage.server.kill)
        await asyncio.to_thread(self.stage.server.up)
        self._broker_there.set()
        self.journal.record("runner", "broker", "restarted")

    def _on_exit(self, role: str, status: int) -> None:
        self.journal.record("runner", role, "ended", status=status)
        restarts = self._restarts.get(role, 0)
        if role in self._cut and status != 0 and restarts < MAX_RESTARTS:
            self._do(self._start_again(role))
        else:
            self._finished.add(role)

    # --- bookkeeping

    def _note_heartbeat(self, event: Event) -> None:
        if event.kind == "opened" and event.actor in self.lab.roles:
            self._heartbeats[event.actor, event.data.get("conn")] = event.data.get("heartbeat") or 0

    def _record_census(self, census: Census) -> None:
        for place, orders in census.places.items():
            for order in orders:
                kind = "queued" if place == census.main else "dead_lettered"
                self.journal.record("probe", "broker", kind, order, queue=place)

    async def _close_taps(self) -> None:
        for tap in self.taps.values():
            await tap.close()

    async def _clear(self) -> None:
        for task in self._jobs:
            task.cancel()
        for program in self.programs.values():
            program.kill()
            await program.wait()
            program.save_output()
        await self._close_taps()
        self.shop.close()
        self._kept.close()


def draw_orders(lab: Lab, scenario: Scenario, seed: int) -> list[dict[str, Any]]:
    """The orders of a scenario: drawn anew for every seed, the same for the same seed."""
    rng = random.Random(f"{seed}/{lab.name}/{scenario.name}")
    customers = ["ada", "ben", "cleo", "dora", "eli", "finn"]
    return [{"id": order, "n": n, "customer": rng.choice(customers), "amount": rng.randrange(500, 20000) / 100}
            for n, order in enumerate(tokens.draw(rng, lab.orders), 1)]


def _clean_environment() -> dict[str, str]:
    """Ours, without what is the workbook's own business; `python` in a script is the one that runs the bench."""
    ours = {name: value for name, value in os.environ.items()
            if not name.startswith(("WORKBOOK_", "PYTEST_", "JPY_")) and name != "PYTHONSTARTUP"}
    return {**ours, "PATH": os.pathsep.join([str(Path(sys.executable).parent), ours.get("PATH", os.defpath)])}
