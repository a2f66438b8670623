"""Process trees: finding, killing and reaping everything that a program started, wherever it hid."""

import ctypes
import os
import signal
import time
from collections.abc import Iterable

import psutil

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_libc = ctypes.CDLL(None, use_errno=True)

MARKER = "WORKBOOK_ROLE"
"""Environment variable that says whose child a process is; a detached grandchild still carries it."""


def become_subreaper() -> None:
    """From now on orphans among our descendants are handed to us, not to init (prctl(2))."""
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def die_with_parent(sig: int = signal.SIGKILL) -> None:
    """Get `sig` when the thread that started us ends (prctl(2), PR_SET_PDEATHSIG)."""
    _libc.prctl(_PR_SET_PDEATHSIG, sig, 0, 0, 0)


def descendants(spare: Iterable[int] = ()) -> list[psutil.Process]:
    """Every living descendant of this process, except `spare` and what descends from it."""
    spare = set(spare)
    found: list[psutil.Process] = []
    todo = _children(psutil.Process())
    while todo:
        process = todo.pop()
        if process.pid in spare:
            continue
        found.append(process)
        todo += _children(process)
    return found


def tree(pid: int | None, role: str) -> list[psutil.Process]:
    """The process (if any), all it started, and those of our orphans that carry the role's marker."""
    found: dict[int, psutil.Process] = {}
    if pid is not None:
        try:
            main = psutil.Process(pid)
            found = {p.pid: p for p in [main, *main.children(recursive=True)]}
        except psutil.Error:
            pass
    for process in _children(psutil.Process()):
        if process.pid not in found and _role(process) == role:
            found[process.pid] = process
            found |= {p.pid: p for p in _quiet_children(process)}
    return list(found.values())


def signal_all(processes: Iterable[psutil.Process], sig: int) -> None:
    """Send `sig` to each; those that are gone are passed over (psutil checks that the pid is still the same process)."""
    for process in processes:
        try:
            process.send_signal(sig)
        except (psutil.Error, ProcessLookupError):
            pass


def sweep(spare: Iterable[int] = (), limit: float = 2.0) -> int:
    """SIGKILL every descendant but `spare`, again until none is left; returns how many there were."""
    count, end = 0, time.monotonic() + limit
    while left := [p for p in descendants(spare) if not _defunct(p)]:
        count += len(left)
        signal_all(left, signal.SIGKILL)
        reap()
        if time.monotonic() > end:
            break
        time.sleep(0.005)
    reap()
    return count


def reap(keep: Iterable[int] = ()) -> None:
    """Collect the exit status of dead children, but for those that somebody else waits for."""
    keep = set(keep)
    for child in _children(psutil.Process()):
        if child.pid not in keep and _defunct(child):
            try:
                os.waitpid(child.pid, os.WNOHANG)
            except ChildProcessError:
                pass


def connected(pid: int, port: int) -> bool:
    """Whether the process itself has a connection to this port."""
    try:
        return any(c.raddr and c.raddr.port == port for c in psutil.Process(pid).net_connections(kind="tcp"))
    except psutil.Error:
        return False


def memory(processes: Iterable[psutil.Process]) -> int:
    """Resident memory of the processes together, in bytes."""
    total = 0
    for process in processes:
        try:
            total += process.memory_info().rss
        except psutil.Error:
            pass
    return total


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children()
    except psutil.Error:
        return []


def _quiet_children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []


def _defunct(process: psutil.Process) -> bool:
    try:
        return process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    except psutil.Error:
        return True


def _role(process: psutil.Process) -> str | None:
    try:
        return process.environ().get(MARKER)
    except psutil.Error:
        return None
