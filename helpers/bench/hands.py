"""What the injector can do to the world: kill, pause, cut, start a second process, kill the broker."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from helpers.bench.cast import Cast, Member
from helpers.wire.events import Event


_SUCCESSOR_PATIENCE, _SUCCESSOR_QUIET = 15.0, 2.0
"""Seconds that a successor has to do what there is, before the process that it replaces wakes up in any case; and seconds
without movement after which it is taken to be stuck."""


class Hands:
    """None of the deeds blocks: what takes time goes on as a job. `failures`: what went wrong in one.

    done, quiet_for: whether every order is settled, and for how many seconds nothing has moved (see tracker.Tracker).
    """

    done: Callable[[], bool]
    quiet_for: Callable[[], float]

    def __init__(self, cast: Cast):
        self._cast = cast
        self._stage = cast.stage
        self._journal = cast.journal
        self._jobs: set[asyncio.Task] = set()
        self.failures: list[BaseException] = []
        self.last_fault: str | None = None
        self._broker_there = asyncio.Event()
        self._broker_there.set()
        self._shared = False
        self._dying: set[str] = set()  # members that are killed in a moment
        self._coming_back: set[str] = set()  # members that have ended and are about to be started again
        self._joining = 0  # processes about to be started beside others
        self._told: set[int] = set()  # swallowed events that a fault event has named
        self._heartbeats: dict[tuple[str, int], int] = {}
        self._journal.listen(self._note_heartbeat)
        cast.on_replaced = self._bury
        cast.on_failure = self._bring_back

    @property
    def busy(self) -> bool:
        return bool(self._jobs)

    async def finish(self) -> None:
        """Wait for the jobs; raises what went wrong in the first that failed."""
        if self._jobs:
            await asyncio.wait(self._jobs)
        if self.failures:
            raise self.failures[0]

    def drop_all(self) -> None:
        for task in self._jobs:
            task.cancel()

    # --- deeds

    def kill(self, name: str) -> None:
        member = self._cast.members[name]
        self._dying.discard(name)
        if name in self._coming_back:
            return  # of two faults that meet the same moment the first has killed it
        self._journal.record("runner", name, "killed", signal="SIGKILL")
        member.tap.sever()
        member.door.sever()
        self._cast.shop.break_off(name)
        member.program.kill()
        self._bring_back(member)

    def kill_workers(self, name: str) -> None:
        member = self._cast.members[name]
        member.cut = True  # where a wrapper ends with what it wraps, it is started again
        if not member.program.kill_workers(member.tap.port):
            self.kill(name)

    def kill_soon(self, name: str, seconds: float) -> None:
        self._dying.add(name)
        self._do(self._kill_later(name, seconds))

    def dying(self, name: str) -> bool:
        """Whether a kill is on its way to it."""
        return name in self._dying

    def pause(self, target: str, seconds: float) -> None:
        self._do(self._pause(target, seconds))

    def silence(self, name: str, seconds: float, then_reset: bool = False) -> None:
        member = self._cast.members[name]
        member.cut = True
        member.tap.pause()
        self._journal.record("runner", "network", "paused", seconds=seconds, of=name)
        self._do(self._speak_again(member, seconds, then_reset))

    def freeze(self, name: str) -> None:
        self._cast.members[name].program.freeze()

    def thaw(self, name: str) -> None:
        self._cast.members[name].program.thaw()

    def hang_up(self) -> None:
        self._do(asyncio.to_thread(self._stage.hang_up))

    def reset(self, name: str, conn: int | None = None) -> None:
        self._cast.members[name].cut = True
        self._journal.record("runner", name, "reset", **({} if conn is None else {"conn": conn}))
        self._cast.taps[name].reset(conn)

    def kill_broker(self) -> None:
        for member in self._cast.members.values():
            member.cut = True
        self._journal.record("runner", "broker", "killed", signal="SIGKILL")
        self._do(self._broker_back())

    def join(self, role: str) -> None:
        self._joining += 1
        self._do(self._join(role))

    def leave(self, name: str) -> None:
        self._do(self._leave(self._cast.members[name]))

    def replace(self, name: str) -> None:
        member = self._cast.members[name]
        member.replaced = True
        member.tap.pause()  # what it said before it stood still is not heard any more, either
        self._journal.record("runner", name, "paused", zombie=True)
        member.program.freeze()
        self._joining += 1
        self._do(self._succeed(member))

    def note_fault(self, spec: str) -> Event:
        self.last_fault = spec
        swallowed = {seq for tap in self._cast.taps.values() for seq in tap.swallowed} - self._told
        self._told |= swallowed
        return self._journal.record("runner", "bench", "fault", spec=spec, swallowed=sorted(swallowed))

    def heartbeat(self) -> float:
        """The shortest heartbeat that a program negotiated, or poll interval that it promised, in seconds; 0: none."""
        return min((h for h in self._heartbeats.values() if h), default=0)

    def expecting(self) -> bool:
        """Whether a process beside others has been started, or is about to be, and has not said a word."""
        return len(self._cast.members) > 1 and any(member.silent for member in self._cast.at_work) or self._joining > 0

    def joined(self) -> bool:
        """Whether a process has been started beside others."""
        return len(self._cast.members) > 1

    def shared(self) -> bool:
        """Whether a process that joined has been given partitions."""
        return self._shared

    async def hold(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    # --- jobs

    def _do(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.create_task(coroutine)
        self._jobs.add(task)

        def done(task: asyncio.Task) -> None:
            self._jobs.discard(task)
            if not task.cancelled() and task.exception() is not None:
                self.failures.append(task.exception())

        task.add_done_callback(done)

    async def _kill_later(self, name: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        if name in self._dying:
            self.kill(name)

    def _bring_back(self, member: Member) -> None:
        if member.name not in self._coming_back:
            self._coming_back.add(member.name)
            self._do(self._start_again(member))

    async def _start_again(self, member: Member) -> None:
        await member.program.wait()
        await self._broker_there.wait()  # as a supervisor that backs off would
        await asyncio.to_thread(self._stage.evict, member.name)
        member.restarts += 1
        self._coming_back.discard(member.name)
        self._cast.start(member)

    async def _pause(self, target: str, seconds: float) -> None:
        broker = target == "broker"
        self._journal.record("runner", target, "paused", seconds=seconds)
        if broker:
            await asyncio.to_thread(self._stage.server.pause)
        else:
            self._cast.members[target].program.freeze()
        try:
            await asyncio.sleep(seconds)
        finally:
            if broker:
                await asyncio.to_thread(self._stage.server.resume)
            else:
                self._cast.members[target].program.thaw()
        self._journal.record("runner", target, "resumed")

    async def _speak_again(self, member: Member, seconds: float, then_reset: bool) -> None:
        try:
            await asyncio.sleep(seconds)
            if then_reset:
                self.reset(member.name)
        finally:
            member.tap.resume()
        self._journal.record("runner", "network", "resumed", of=member.name)

    async def _broker_back(self) -> None:
        self._broker_there.clear()
        # To kill takes a while, in a container half a second: what the programs say meanwhile must not reach the broker.
        held = [member.tap for member in self._cast.members.values() if member.tap.running.is_set()]
        for tap in held:
            tap.pause()
        try:
            await asyncio.to_thread(self._stage.before_kill)
            await asyncio.to_thread(self._stage.server.kill)
        finally:
            for tap in held:
                tap.resume()
        await asyncio.to_thread(self._stage.server.up)
        self._broker_there.set()
        self._journal.record("runner", "broker", "restarted")

    async def _join(self, role: str) -> Member:
        try:
            member = await self._cast.add(f"{role}-{len(self._cast.names_of(role)) + 1}", role)
            self._cast.start(member)
            return member
        finally:
            self._joining -= 1

    async def _succeed(self, member: Member) -> None:
        await asyncio.to_thread(self._stage.evict, member.name)
        successor = await self._join(member.role)
        successor.cut = True  # the one that wakes up may take its producer's epoch from it once: it comes back
        await self._until_done(successor)
        member.program.thaw()
        member.tap.resume()
        self._journal.record("runner", member.name, "resumed", zombie=True)

    async def _until_done(self, successor: Member) -> None:
        """Until it has nothing more to do, or moves no more."""
        loop = asyncio.get_running_loop()
        end = loop.time() + _SUCCESSOR_PATIENCE
        while not self.done() and not successor.finished and loop.time() < end:
            if not successor.silent and self.quiet_for() > _SUCCESSOR_QUIET:
                break
            await asyncio.sleep(0.01)

    def _bury(self, member: Member) -> None:
        """A process that was replaced has ended: it may have joined its group again meanwhile."""
        self._do(asyncio.to_thread(self._stage.evict, member.name))

    async def _leave(self, member: Member) -> None:
        await member.program.stop()
        self._journal.record("runner", member.name, "stopped", status=member.program.exit)
        await asyncio.to_thread(self._stage.evict, member.name)  # many programs end on SIGTERM without a word to the broker
        member.finished = True

    def _note_heartbeat(self, event: Event) -> None:
        if event.kind == "subscribed" and event.data.get("partitions") and event.actor.endswith("-2"):
            self._shared = True
        if event.kind == "opened" and event.actor in self._cast.members:
            self._heartbeats[event.actor, event.data.get("conn")] = event.data.get("heartbeat") or 0
        elif event.kind == "subscribed" and event.actor in self._cast.members and event.data.get("max_poll_interval_ms"):
            self._heartbeats[event.actor, event.data.get("conn")] = event.data["max_poll_interval_ms"] / 1000
