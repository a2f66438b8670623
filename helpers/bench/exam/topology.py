"""Examines what a program has set up: starts it twice, probes the broker after each start, asks each wish."""

import asyncio
import importlib
import random
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from helpers.bench import topology
from helpers.bench.exam import outcome
from helpers.bench.exam.starts import END, Start, Starter
from helpers.bench.lab import Lab
from helpers.bench.program import Command
from helpers.bench.report import Report
from helpers.bench.topology import Topology
from helpers.wire.events import Event, Journal
from helpers.wire.tap import Tap

_PLACES = {
    "rabbitmq": ("helpers.bench.exam.rabbitmq", "RabbitMQPlace"),
    "kafka": ("helpers.bench.exam.kafka", "KafkaPlace"),
    "redis": ("helpers.bench.exam.redis", "RedisPlace"),
}
TITLES = ("started, and what stands there probed", "started a second time")


class Place(Protocol):
    """The run's own place in a broker. All methods block; the bench calls them in a thread.

    ready: for programs that go on: whether the one that was started last is there for its work; else None.
    seen:  what was seen so far; the wishes are asked about it.
    """

    ready: Callable[[], bool] | None
    seen: Any

    def open(self, note: Callable[[str], None]) -> dict[str, str]:
        """Make it, with what stands there before the program comes; describes the broker as a report does."""

    def upstream(self) -> tuple[str, int] | None:
        """(host, port) where a tap can say what the broker refuses; None: the program speaks to the broker itself."""

    def environment(self, port: int | None) -> Mapping[str, str]:
        """What the program is given. `port`: of the tap."""

    def probe(self, number: int) -> None:
        """After a start of the program, or while it goes on."""

    def topology(self) -> Topology:
        """What stands there now, to be shown beside the verdict. Raises whatever the broker's client raises."""

    def count(self) -> None:
        """At the very end, when nothing of the program runs any more."""

    def close(self) -> None:
        """Remove it."""


@dataclass
class _Line:
    """The tap on the program's connection, where there is one."""

    tap: Tap | None
    refusals: list[str]


async def examine(lab: Lab, commands: Mapping[str, Command], report: Report, folder: Path,
                  tell: Callable[[dict], None]) -> None:
    """Fills the report in. Raises BrokerError, OSError."""
    ((role, command),) = commands.items()
    module, name = _PLACES[lab.broker]
    rng = random.Random(f"{report.seed}/{lab.name}/places")
    place: Place = getattr(importlib.import_module(module), name)(lab, rng, folder)
    starter: Starter | None = None
    with ExitStack() as kept:
        line = _Line(None, [])
        try:
            report.broker = await asyncio.to_thread(place.open, lambda text: tell({"type": "note", "text": text}))
            line = await _open_line(place, role, folder, kept)
            env = place.environment(line.tap.port if line.tap else None)
            starter = Starter(role, command, env, folder)
            for index, title in enumerate(TITLES):
                tell({"type": "scenario", "name": f"start-{index + 1}", "title": title, "index": index, "of": len(TITLES)})
                start = await _one(place, starter, line, index + 1, folder)
                verdict = "fail" if start.failed else "pass"
                tell({"type": "scenario-end", "name": f"start-{index + 1}", "verdict": verdict, "reason": ""})
                if not good(place, start):
                    break
            else:
                await asyncio.to_thread(place.count)
            outcome.conclude(lab, report, place, starter.starts, END)
        finally:
            for start in starter.starts if starter else ():
                await starter.kill(start)
            if line.tap:
                await line.tap.close()
            await asyncio.to_thread(place.close)


async def _one(place: Place, starter: Starter, line: _Line, number: int, folder: Path) -> Start:
    line.refusals.clear()
    start = await starter.start(place.ready)
    if good(place, start):
        await asyncio.to_thread(place.probe, number)
    topology.keep(folder, await asyncio.to_thread(topology.quietly, place.topology))
    await starter.stop(start)
    start.refusals = list(line.refusals)
    return start


def good(place: Place, start: Start) -> bool:
    """Whether a start came to what it was for."""
    if start.program.over_limit:
        return False
    return start.ready if place.ready else start.status == 0


async def _open_line(place: Place, role: str, folder: Path, kept: ExitStack) -> _Line:
    upstream = place.upstream()
    if upstream is None:
        return _Line(None, [])
    from helpers.wire.amqp import AMQP

    journal = Journal(kept.enter_context((folder / "events.jsonl").open("w")))
    refusals: list[str] = []

    def listen(event: Event) -> None:
        if event.kind == "closed" and event.data.get("by") == "broker" and event.data.get("code") not in (None, 0, 200):
            refusals.append(f"{event.data['code']} {event.data.get('text') or ''}".strip())

    journal.listen(listen)
    tap = Tap(actor=role, upstream=upstream, journal=journal, decoder=AMQP)
    await tap.start()
    return _Line(tap, refusals)
