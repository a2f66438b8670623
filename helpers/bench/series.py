"""The scenarios of a check, one after the other; the next stage is made ready and the last one removed beside the run."""

import asyncio
import fcntl
import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from helpers import paths
from helpers.bench import stages, topology
from helpers.bench.lab import Lab, Scenario
from helpers.bench.program import Command
from helpers.bench.report import Report, ScenarioRecord
from helpers.bench.run import Run
from helpers.bench.stage import Stage
from helpers.bench.verdict import Judgement, judge
from helpers.brokers.base import Server

Tell = Callable[[dict[str, Any]], None]
"""Takes messages of the stream: dicts with a "type" (see `python -m helpers check --help`)."""


class Series:
    """Runs `scenarios` and writes what comes of them into `report`. A scenario that kills a shared broker plays on the spare
    one, when it is its turn; the others on the main one."""

    def __init__(self, lab: Lab, scenarios: Sequence[Scenario], commands: Mapping[str, Command], report: Report, folder: Path,
                 tell: Tell):
        self._lab, self._scenarios, self._commands = lab, scenarios, commands
        self._report, self._folder, self._tell = report, folder, tell
        self._rng = random.Random(f"{report.seed}/{lab.name}/places")
        self._turn: IO[bytes] | None = None

    async def play(self) -> None:
        """Until one does not pass. Leaves nothing behind in the broker. Raises BrokerError, OSError."""
        opening: asyncio.Task[Stage] | None = asyncio.create_task(self._open(self._scenarios[0]))
        closing: list[asyncio.Task] = []
        try:
            for i, scenario in enumerate(self._scenarios):
                if opening is None:
                    await asyncio.gather(*closing, return_exceptions=True)
                stage = await (opening or self._open(scenario))
                opening = None
                self._report.broker = await asyncio.to_thread(_describe, stage.server)
                rest = self._scenarios[i + 1:]
                # The spare broker is not made ready for the next one while this one may kill it.
                if rest and not stages.on_spare(self._lab, scenario) and stages.beside(self._lab):
                    opening = asyncio.create_task(self._open(rest[0]))
                try:
                    verdict = await self._one(i, scenario, stage)
                finally:
                    closing.append(asyncio.create_task(asyncio.to_thread(stage.close)))
                if verdict != "pass":
                    self._report.not_run = [s.title for s in rest]
                    break
        finally:
            if opening is not None:
                closing.append(asyncio.create_task(_close_unused(opening)))
            await asyncio.gather(*closing, return_exceptions=True)
            if self._turn is not None:
                self._turn.close()

    async def _open(self, scenario: Scenario) -> Stage:
        spare = stages.on_spare(self._lab, scenario)
        if spare and self._turn is None:
            self._turn = await asyncio.to_thread(_wait_for_turn, self._lab.broker, self._note)
        server = await asyncio.to_thread(stages.serve, self._lab, spare, self._note)
        stage = stages.make(self._lab, server, self._rng)
        try:
            await asyncio.to_thread(stage.open)
        except BaseException:
            await asyncio.gather(asyncio.to_thread(stage.close), return_exceptions=True)
            raise
        return stage

    def _note(self, text: str) -> None:
        self._tell({"type": "note", "text": text})

    async def _one(self, index: int, scenario: Scenario, stage: Stage) -> str:
        of = len(self._scenarios)
        self._tell({"type": "scenario", "name": scenario.name, "title": scenario.title, "index": index, "of": of})
        folder = self._folder / f"{index + 1}-{scenario.name}"
        folder.mkdir()
        faults = () if self._report.calm else scenario.faults
        run = Run(self._lab, scenario, faults, self._report.seed, self._commands, stage, folder, self._progress)
        outcome = await run.perform()
        topology.keep(folder, outcome.census.topology)
        judgement = judge(outcome, self._lab, self._report.guarantee)
        self._enter(scenario, judgement, outcome.seconds)
        self._tell({"type": "scenario-end", "name": scenario.name, "verdict": judgement.verdict, "reason": judgement.reason})
        return judgement.verdict

    def _progress(self, tracker, restarts: int, fault: str | None) -> None:
        orders = self._lab.orders
        done, of = (tracker.accepted, orders) if tracker.produces else (tracker.charged, len(tracker.accepted) or orders)
        self._tell({"type": "progress", "charged": len(done), "accepted": of, "effect": self._report.effect,
                    "restarts": restarts, "fault": fault})

    def _enter(self, scenario: Scenario, judgement: Judgement, seconds: float) -> None:
        report, o = self._report, judgement.orders
        report.scenarios.append(ScenarioRecord(scenario.name, scenario.title, judgement.verdict, judgement.reason,
                                               round(seconds, 2), len(o.accepted), len(o.charged), len(o.lost),
                                               len(o.duplicated), len(o.left_over), len(o.dead_lettered),
                                               judgement.faults, _fates(judgement)))
        report.scenario, report.scenario_title = scenario.name, scenario.title
        for name in ("verdict", "reason", "evidence", "orders", "numbers", "faults", "programs"):
            setattr(report, name, getattr(judgement, name))
        seen = {f.name for f in judgement.findings}
        report.findings = judgement.findings + [f for f in report.findings if f.severity == "remark" and f.name not in seen]
        if judgement.verdict == "pass" and len(report.scenarios) > 1:
            report.reason = _summary(report)


def _fates(judgement: Judgement) -> dict[str, list[int]]:
    found = {name: getattr(judgement.orders, name) for name in ("dead_lettered", "duplicated", "left_over", "lost")}
    return {name: [judgement.numbers[o] for o in orders if o in judgement.numbers] for name, orders in found.items() if orders}


def _summary(report: Report) -> str:
    twice = sum(s.duplicated for s in report.scenarios)
    lost = sum(s.lost for s in report.scenarios)
    n, of = len(report.scenarios), max(s.accepted for s in report.scenarios)
    text = f"{n} scenarios of {of} orders: "
    text += f"{lost} lost, the price of at most once" if lost else "none lost"
    if twice:
        text += f"; {twice} {report.effect} twice, the price of at least once"
    elif not lost or report.guarantee == "at-most-once":
        text += f", none {report.effect} twice"
    return text + "."


def _describe(server: Server) -> dict[str, str]:
    return {"name": server.name, "title": server.broker.title, "provider": server.provider, "version": server.version()}


def _wait_for_turn(broker: str, note: Callable[[str], None]) -> IO[bytes]:
    """A lock, released when closed: a broker that is killed serves one run at a time."""
    paths.STATE.mkdir(parents=True, exist_ok=True)
    lock = (paths.STATE / f"spare-{broker}.lock").open("wb")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        note("waiting for another check to be done with the spare broker")
        fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


async def _close_unused(opening: asyncio.Task[Stage]) -> None:
    stage = await opening
    await asyncio.to_thread(stage.close)
