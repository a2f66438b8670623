"""A learner's program as a process: started, watched, killed, restarted; its output kept within bounds."""

import asyncio
import os
import signal
import subprocess
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from helpers.bench import processes

MEMORY_LIMIT = 512 * 2**20
"""Bytes of resident memory that a program's process tree may use."""

OUTPUT_LIMIT = 10 * 2**20
"""Bytes that a program may print in one scenario; the first and the last part are kept."""

_KEEP = 64 * 1024


@dataclass(frozen=True)
class Command:
    """What to run for a role. `file`: the learner's file, as shown in messages (None for a command of other make).
    grace: seconds between SIGTERM and SIGKILL."""

    argv: Sequence[str]
    cwd: Path
    file: Path | None = None
    grace: float = 3.0

    def placed(self, env: Mapping[str, str]) -> "tuple[Command, Mapping[str, str]]":
        """The command and its environment for one process of the role, whose variables are given."""
        return self, env


class Program:
    """One role's process, over all its restarts. All methods run on the bench's event loop.

    on_exit(status) is called when the main process ended by itself; not after `kill` or `stop`.
    failed: the last process ended by itself with a status other than 0.
    over_limit is set to a sentence when the program used too much memory or printed too much; it is dead then.
    """

    def __init__(self, role: str, command: Command, env: Mapping[str, str], log: Path, on_exit: Callable[[int], None]):
        self.role = role
        self.command = command
        self.starts = 0
        self.exit: int | None = None
        self.failed = False
        self.killed_by_grace = False
        self.over_limit: str | None = None
        self._env = {**env, processes.MARKER: role}
        self._log = log
        self._on_exit = on_exit
        self._process: subprocess.Popen | None = None
        self._pidfd = -1
        self._printed = 0
        self._head = bytearray()
        self._tail: deque[bytes] = deque()
        self._tail_size = 0
        self._gone = asyncio.Event()
        self._gone.set()
        self._expected = False

    @property
    def alive(self) -> bool:
        return self._process is not None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the command. Raises OSError where it cannot be run at all (no such command)."""
        loop = asyncio.get_running_loop()
        self._expected = self.failed = False
        self._process = subprocess.Popen(
            self.command.argv, cwd=self.command.cwd, env=self._env, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, process_group=0,
            preexec_fn=processes.die_with_parent,
        )
        self._gone.clear()
        self.starts += 1
        os.set_blocking(self._process.stdout.fileno(), False)
        loop.add_reader(self._process.stdout.fileno(), self._read)
        self._pidfd = os.pidfd_open(self._process.pid)
        loop.add_reader(self._pidfd, self._ended)

    def kill(self) -> None:
        """SIGKILL of the whole tree, at once; `wait()` tells when it is gone."""
        self._expected = True
        self._kill_tree()

    def kill_workers(self, port: int) -> bool:
        """SIGKILL of what the main process has started; whether there was anything. Not where it is a mere wrapper: where it
        does not itself hold a connection to `port`."""
        if self.pid is None or not processes.connected(self.pid, port):
            return False
        workers = [p for p in processes.tree(self.pid, self.role) if p.pid != self.pid]
        processes.signal_all(workers, signal.SIGKILL)
        return bool(workers)

    async def stop(self) -> None:
        """SIGTERM, and SIGKILL after a grace period; then nothing of the tree is left."""
        self._expected = True
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            self._process.send_signal(signal.SIGTERM)
            try:
                async with asyncio.timeout(self.command.grace):
                    await self._gone.wait()
            except TimeoutError:
                self.killed_by_grace = True
        self._kill_tree()
        await self._gone.wait()

    async def wait(self) -> None:
        """Until the main process is gone."""
        await self._gone.wait()

    def freeze(self) -> None:
        processes.signal_all(processes.tree(self.pid, self.role), signal.SIGSTOP)

    def thaw(self) -> None:
        if self._process is not None:
            processes.signal_all(processes.tree(self.pid, self.role), signal.SIGCONT)

    def check_memory(self) -> None:
        """To be called now and then: ends a program that uses more than MEMORY_LIMIT."""
        if self._process is None:
            return
        used = processes.memory(processes.tree(self._process.pid, self.role))
        if used > MEMORY_LIMIT:
            self._end_over_limit(f"it used {used >> 20} MB of memory; {MEMORY_LIMIT >> 20} MB are allowed")

    @property
    def output(self) -> str:
        """What it printed, with the middle left out where it was long; bytes that are not UTF-8 shown as �."""
        tail = b"".join(self._tail)
        left_out = self._printed - len(self._head) - len(tail)
        middle = f"\n[… {left_out:,} bytes left out …]\n" if left_out > 0 else ""
        return self._head.decode("utf-8", "replace") + middle + tail.decode("utf-8", "replace")

    def save_output(self) -> None:
        self._log.write_text(self.output)

    def _read(self) -> None:
        if self._process is None:
            return
        try:
            data = os.read(self._process.stdout.fileno(), 1 << 18)
        except BlockingIOError:
            return
        if not data:
            asyncio.get_running_loop().remove_reader(self._process.stdout.fileno())
            return
        self._keep(data)
        if self._printed > OUTPUT_LIMIT:
            self._end_over_limit(f"it printed more than {OUTPUT_LIMIT >> 20} MB")

    def _keep(self, data: bytes) -> None:
        self._printed += len(data)
        room = _KEEP - len(self._head)
        if room > 0:
            self._head += data[:room]
            data = data[room:]
        if data:
            data = data[-_KEEP:]
            self._tail.append(data)
            self._tail_size += len(data)
            while self._tail_size - len(self._tail[0]) >= _KEEP:
                self._tail_size -= len(self._tail.popleft())

    def _end_over_limit(self, why: str) -> None:
        if self.over_limit is None:
            self.over_limit = why
            self._kill_tree()

    def _kill_tree(self) -> None:
        # Stop them all first, so that none can fork a successor while the others die.
        processes.signal_all(processes.tree(self.pid, self.role), signal.SIGSTOP)
        processes.signal_all(processes.tree(self.pid, self.role), signal.SIGKILL)

    def _ended(self) -> None:
        process, loop = self._process, asyncio.get_running_loop()
        status = process.poll()
        if status is None:
            return
        loop.remove_reader(self._pidfd)
        os.close(self._pidfd)
        # What stands in the pipe is the program's last word; a grandchild may keep the pipe open: do not wait for it.
        fd = process.stdout.fileno()
        loop.remove_reader(fd)
        try:
            while (data := os.read(fd, 1 << 18)) and self._printed <= OUTPUT_LIMIT:
                self._keep(data)
        except BlockingIOError:
            pass
        process.stdout.close()
        self._process = None
        self.exit = status
        self._gone.set()
        if not self._expected:
            self.failed = status != 0
            self._on_exit(status)
