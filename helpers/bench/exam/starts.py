"""One start of the learner's set-up program: until it ends, or until what it serves is there."""

import asyncio
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from helpers.bench.program import Command, Program

END = 10.0
"""Seconds that a program has to set up and end, or to be ready."""
_TICK = 0.02


@dataclass
class Start:
    """How a start went.

    status:   exit status; None where the bench had to end it.
    ready:    for a program that goes on: it was there for its work.
    refusals: what the broker refused meanwhile, in its own words.
    """

    number: int
    program: Program
    status: int | None = None
    ready: bool = False
    refusals: list[str] = field(default_factory=list)
    stopped_in_time: bool = True

    @property
    def failed(self) -> bool:
        return self.program.over_limit is not None or (self.status not in (0, None))


class Starter:
    """Starts one program again and again, each time with the same environment and a log of its own."""

    def __init__(self, role: str, command: Command, env: Mapping[str, str], folder: Path):
        self._role, self._command, self._folder = role, command, folder
        state = folder / f"{role}-state"
        state.mkdir()
        self._env = {**clean_environment(), **env, "STATE_DIR": str(state), "PYTHONUNBUFFERED": "1"}
        self.starts: list[Start] = []

    async def start(self, ready: Callable[[], bool] | None = None) -> Start:
        """Start it; returns when it has ended, or is `ready` (called in a thread), or after END seconds.

        A program that is not done by then is left running: `stop` ends it. Raises OSError where it cannot be run.
        """
        number = len(self.starts) + 1
        log = self._folder / f"{self._role}-{number}.log"
        program = Program(self._role, self._command, self._env, log, lambda status: None)
        start = Start(number, program)
        self.starts.append(start)
        program.start()
        end, next_memory = time.monotonic() + END, 0.0
        while program.alive and time.monotonic() < end:
            if ready is not None and await asyncio.to_thread(ready):
                start.ready = True
                break
            if time.monotonic() > next_memory:
                program.check_memory()
                next_memory = time.monotonic() + 0.25
            await asyncio.sleep(_TICK)
        start.status = None if program.alive else program.exit
        return start

    async def stop(self, start: Start) -> None:
        """End what is left of it, as a supervisor would; nothing of its tree survives."""
        if start.program.alive:
            await start.program.stop()
            start.stopped_in_time = not start.program.killed_by_grace
        await self.kill(start)

    async def kill(self, start: Start) -> None:
        """At once: there is no time for a grace where the bench is interrupted."""
        start.program.kill()
        await start.program.wait()
        start.program.save_output()


def clean_environment() -> dict[str, str]:
    """Ours, without what is the workbook's own business; `python` in a script is the one that runs the bench."""
    ours = {name: value for name, value in os.environ.items()
            if not name.startswith(("WORKBOOK_", "PYTEST_", "JPY_")) and name != "PYTHONSTARTUP"}
    return {**ours, "PATH": os.pathsep.join([str(Path(sys.executable).parent), ours.get("PATH", os.defpath)])}
