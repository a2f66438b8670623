"""The programs of a scenario: each with a tap and a shop door of its own, started, restarted, and watched for a first word."""

import os
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from helpers.bench.door import Door
from helpers.bench.program import Command, Program
from helpers.bench.shopserver import Shop
from helpers.bench.stage import Stage
from helpers.wire.actions import Action
from helpers.wire.events import Event, Journal
from helpers.wire.tap import Tap

MAX_RESTARTS = 3


@dataclass
class Member:
    """A process of the learner's. `name`: the role's, or "consumer-2" for one that joined; it is the actor of its events.

    cut:      a fault has cut its connection: when it ends with an error, it is started again.
    replaced: a successor has been started in its place: it may end with an error, and need not come back.
    finished: it will not be started again.
    spoke:    when its first word since its last start was noticed; 0 before.
    """

    name: str
    role: str
    tap: Tap
    door: Door
    program: Program
    restarts: int = 0
    cut: bool = False
    replaced: bool = False
    finished: bool = False
    born: float = 0.0
    spoke: float = 0.0
    _mute: bool = field(default=True, repr=False)
    _heard_before: int = field(default=0, repr=False)

    @property
    def silent(self) -> bool:
        """Whether nothing has come from the program since it was started last."""
        if self._mute:
            self._mute = self._heard() == self._heard_before
            self.spoke = 0.0 if self._mute else time.monotonic()
        return self._mute

    def _heard(self) -> int:
        return self.tap.counters["bytes"] + self.door.requests

    def listen_anew(self) -> None:
        self.born, self.spoke, self._mute, self._heard_before = time.monotonic(), 0.0, True, self._heard()


class Cast:
    """All members of one scenario. `taps` also holds the bench's own; `given`: variables for all of them, beside the stage's.
    All methods run on the bench's event loop."""

    def __init__(self, stage: Stage, shop: Shop, journal: Journal, folder: Path, commands: Mapping[str, Command],
                 hook: Callable[[Event], Action | None], kept: ExitStack, given: Mapping[str, str]):
        self.stage, self.shop, self.journal, self.folder = stage, shop, journal, folder
        self._commands, self._hook, self._kept, self._given = commands, hook, kept, given
        self.always = False
        """Start a program again even if it ends with 0, as a supervisor does, where a fault cut its connection."""

        self.members: dict[str, Member] = {}
        self.taps: dict[str, Tap] = {}
        self.on_failure: Callable[[Member], None] = lambda member: None
        """Called when a member whose connection was cut has ended with an error and may be started again."""

        self.on_replaced: Callable[[Member], None] = lambda member: None
        """Called when a member that has a successor has ended."""

    async def open_tap(self, actor: str) -> Tap:
        kept = self._kept.enter_context((self.folder / f"{actor}.chunks").open("wb"))
        tap = self.taps[actor] = Tap(actor=actor, upstream=self.stage.upstream(), journal=self.journal,
                                     decoder=self.stage.decoder, hook=self._hook if actor != "bench" else None, chunks=kept)
        await tap.start()
        return tap

    async def add(self, name: str, role: str) -> Member:
        """Make a member ready; `start` starts it."""
        tap, door = await self.open_tap(name), await self.shop.open_door(name)
        state = self.folder / f"{name}-state"
        state.mkdir()
        env = {**clean_environment(), **self.stage.environment(tap.port), **self._given,
               "SHOP_URL": door.url, "STATE_DIR": str(state), "PYTHONUNBUFFERED": "1"}
        command, env = self._commands[role].placed(env)
        program = Program(name, command, env, self.folder / f"{name}.log",
                          lambda status: self._on_exit(self.members[name], status))
        member = self.members[name] = Member(name, role, tap, door, program)
        return member

    @property
    def started(self) -> bool:
        return any(member.program.starts for member in self.members.values())

    def start_all(self) -> None:
        for member in self.members.values():
            self.start(member)

    def start(self, member: Member) -> None:
        began = time.monotonic_ns()
        member.program.start()
        member.listen_anew()
        again = member.program.starts > 1
        self.journal.record("runner", member.name, "restarted" if again else "started", pid=member.program.pid,
                            start=member.program.starts, began_ns=began)

    def names_of(self, role: str) -> list[str]:
        return [m.name for m in self.members.values() if m.role == role]

    @property
    def restarts(self) -> int:
        return sum(member.restarts for member in self.members.values())

    @property
    def programs(self) -> dict[str, Program]:
        return {name: member.program for name, member in self.members.items()}

    @property
    def at_work(self) -> list[Member]:
        return [member for member in self.members.values() if not member.finished]

    async def stop(self) -> None:
        for member in self.members.values():
            await member.program.stop()
            if member.program.exit is not None and member.program.starts and not member.finished:
                self.journal.record("runner", member.name, "stopped", status=member.program.exit)

    async def close_taps(self) -> None:
        for tap in self.taps.values():
            await tap.close()

    async def clear(self) -> None:
        """Nothing of it is left running."""
        for member in self.members.values():
            member.program.kill()
            await member.program.wait()
            member.program.save_output()
        await self.close_taps()

    def _on_exit(self, member: Member, status: int) -> None:
        self.journal.record("runner", member.name, "ended", status=status, **({"replaced": True} if member.replaced else {}))
        if member.replaced:
            member.finished, member.program.failed = True, False
            self.on_replaced(member)
        elif member.cut and (status != 0 or self.always) and member.restarts < MAX_RESTARTS:
            self.on_failure(member)
        else:
            member.finished = True


def clean_environment() -> dict[str, str]:
    """Ours, without what is the workbook's own business; `python` in a script is the one that runs the bench."""
    ours = {name: value for name, value in os.environ.items()
            if not name.startswith(("WORKBOOK_", "PYTEST_", "JPY_")) and name != "PYTHONSTARTUP"}
    return {**ours, "PATH": os.pathsep.join([str(Path(sys.executable).parent), ours.get("PATH", os.defpath)])}
