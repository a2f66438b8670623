"""Processes that outlive their starter: spawned, recorded, recognised again, and signalled only when they are ours."""

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from .errors import StartFailed

TICKS = os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def held(lock: Path) -> Iterator[None]:
    """Hold a file lock; waits for whoever holds it. The kernel frees it however the holder ends."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with open(lock, "a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def boot_id() -> str:
    """Names this run of the machine: a pid file from before a reboot must never match."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def stat(pid: int) -> tuple[str, int] | None:
    """State letter and start time (clock ticks since boot) of a process; None when there is none, or it is dead.

    Defunct counts as dead once its other threads have ended too: until then its ports are still held (proc(5)).
    """
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (OSError, ValueError):
        return None
    fields = text[text.rindex(")") + 2 :].split()
    letter, threads, started = fields[0], int(fields[17]), int(fields[19])
    return None if letter in "Xx" or (letter == "Z" and threads <= 1) else (letter, started)


def parents() -> dict[int, int]:
    """Parent pid of every process that can be seen."""
    found = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                text = Path(f"/proc/{entry}/stat").read_text()
            except OSError:
                continue
            found[int(entry)] = int(text[text.rindex(")") + 2 :].split()[1])
    return found


def descendants(roots: set[int]) -> set[int]:
    """The roots and everything below them."""
    if not roots:
        return set()
    above, found = parents(), set(roots)
    grew = True
    while grew:
        below = {pid for pid, parent in above.items() if parent in found} - found
        found |= below
        grew = bool(below)
    return found


def command_line(pid: int) -> str:
    """The command as one line; empty when it cannot be read."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def binary(pid: int) -> str:
    """The file that the process runs; empty when it cannot be seen."""
    try:
        return os.readlink(f"/proc/{pid}/exe")
    except OSError:
        return ""


def memory_mb(pids: set[int]) -> float:
    """Resident memory of the processes together, in MiB."""
    pages = 0
    for pid in pids:
        with contextlib.suppress(OSError, ValueError, IndexError):
            pages += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def sockets_of(inodes: set[str], likely: Iterable[int] = ()) -> int | None:
    """Pid of a process that holds one of these socket inodes; the `likely` ones are looked at first."""
    wanted = {f"socket:[{inode}]" for inode in inodes}
    for entry in (*map(str, likely), *os.listdir("/proc")):
        if not entry.isdigit():
            continue
        try:
            for descriptor in os.listdir(f"/proc/{entry}/fd"):
                with contextlib.suppress(OSError):
                    if os.readlink(f"/proc/{entry}/fd/{descriptor}") in wanted:
                        return int(entry)
        except OSError:
            continue
    return None


@dataclass(frozen=True)
class Record:
    """What a pid file holds: enough to tell our process from another one that was given the same number."""

    pid: int
    started: int
    boot: str
    marks: tuple[str, ...]

    def state(self) -> str | None:
        """State letter of the process while it is alive and ours; None otherwise (defunct counts as dead)."""
        now = stat(self.pid)
        if now is None or now[1] != self.started or self.boot != boot_id():
            return None
        line = command_line(self.pid)
        # while a process exchanges its program (execve) the line reads empty for a moment
        return now[0] if not line or any(mark in line for mark in self.marks) else None

    def alive(self) -> bool:
        return self.state() is not None

    def uptime_s(self) -> float:
        """Seconds since the process was started."""
        return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - self.started / TICKS)

    def send(self, number: int) -> bool:
        """Signal the process if it is still ours. The pidfd pins it, so the number cannot change hands in between."""
        try:
            handle = os.pidfd_open(self.pid)
        except (ProcessLookupError, PermissionError):
            return False
        try:
            if not self.alive():
                return False
            signal.pidfd_send_signal(handle, number)
            return True
        except ProcessLookupError:
            return False
        finally:
            os.close(handle)

    def wait_end(self, timeout: float) -> bool:
        """Wait until the process is gone (or defunct); False when it is still there after `timeout` seconds."""
        end = time.monotonic() + timeout
        pause = 0.002
        while self.alive():
            if time.monotonic() > end:
                return False
            time.sleep(pause)
            pause = min(pause * 1.5, 0.05)
        return True


def family(roots: set[int]) -> list[Record]:
    """Records of the roots and everything below them, as they are now."""
    members = ((pid, stat(pid)) for pid in sorted(descendants(roots)))
    return [Record(pid, now[1], boot_id(), ("",)) for pid, now in members if now is not None]


def read(file: Path) -> Record | None:
    """The record in a pid file; None without one, or when it is no record of ours."""
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        return Record(int(data["pid"]), int(data["started"]), data["boot"], tuple(data["marks"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write(file: Path, record: Record) -> None:
    """Keep a record; the file is whole or not there."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f"{file.name}.{os.getpid()}.new")
    fresh.write_text(json.dumps(asdict(record)), encoding="utf-8")
    fresh.replace(file)


def spawn(argv: list[str], *, env: dict[str, str], folder: Path, log: Path, marks: tuple[str, ...]) -> Record:
    """Start a daemon: own session, no terminal, no stdin, output appended to `log`; not a child of the caller.

    A shell in between starts it in the background and ends, so that a server that dies is never left defunct
    under the caller. `marks` are texts of which the command line always holds one.

    Raises StartFailed when it cannot be started.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    script = 'log=$1; shift; "$@" </dev/null >>"$log" 2>&1 & echo $!'
    try:
        started = subprocess.run(
            ["/bin/sh", "-c", script, "sh", str(log), *argv],
            env=env, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            start_new_session=True, check=True, timeout=20,
        )  # fmt: skip
        pid = int(started.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as fault:
        raise StartFailed(f"{argv[0]} could not be started: {fault}") from fault
    now = stat(pid)
    if now is None:
        raise StartFailed(f"{argv[0]} ended at once; its last words stand in {log}")
    return Record(pid, now[1], boot_id(), marks)
