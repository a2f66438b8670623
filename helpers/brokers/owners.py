"""Who owns a thing that outlives its maker's process: so that a later one can tell what was left behind, and end it.

Needs nothing but Python itself: `make down` sweeps on a machine without .venv, too.
"""

import contextlib
import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

from helpers import paths

from . import process

RUNS = "redis-runs"
"""Folder below the state: a folder `TAG.name` for each private Redis of a lab's run, TAG being its owner's."""
LESSONS = "lessons"
"""Folder below the state: what each lesson at work has, a JSON with `owner` and `folders`."""

_BROKERS = {"redis-server", "java", "beam.smp", "epmd"}
_DELETED = " (deleted)"  # what proc(5) appends to a working folder that is gone


def owner_tag() -> str:
    """Names this process as the owner of something, so that a later one can tell whether it still lives."""
    pid = os.getpid()
    found = process.stat(pid)
    return f"{pid}-{found[1] if found else 0}"


def owner_lives(tag: str) -> bool:
    """Whether the process of an `owner_tag` is still there (a pid that was given out again does not count)."""
    pid, _, born = tag.partition("-")
    found = process.stat(int(pid)) if pid.isdecimal() else None
    return found is not None and str(found[1]) == born


def remove(folder: Path) -> list[int]:
    """Kill the private brokers that work in a folder, then remove it; the pids of the killed."""
    killed = [pid for pid, at in _private_brokers() if at.is_relative_to(folder) and _kill(pid)]
    shutil.rmtree(folder, ignore_errors=True)
    return killed


def sweep(say: Callable[[str], None]) -> None:
    """Kill the private brokers that dead owners left: of a lab's run, of a lesson. The next run or lesson removes the rest."""
    runs = paths.STATE / RUNS
    lessons = [Path(folder) for record in (paths.STATE / LESSONS).glob("*.json") for folder in _left(record)]
    for pid, at in _private_brokers():
        tag = at.relative_to(runs).parts[0].partition(".")[0] if runs in at.parents else ""
        if (tag and not owner_lives(tag)) or any(at.is_relative_to(folder) for folder in lessons):
            if _kill(pid):
                say(f"stopped what a killed run left: process {pid} in {at}")


def _left(record: Path) -> list[str]:
    """The folders of a lesson whose kernel is gone."""
    with contextlib.suppress(OSError, ValueError, KeyError):
        found = json.loads(record.read_text())
        return [] if owner_lives(found["owner"]) else found.get("folders", [])
    return []


def _private_brokers() -> Iterator[tuple[int, Path]]:
    """Processes that may be a private broker, and the folder that each works in, or worked in until it was deleted."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError):  # gone meanwhile, or somebody else's
                if (entry / "comm").read_text().strip() in _BROKERS:
                    yield int(entry.name), Path(os.readlink(entry / "cwd").removesuffix(_DELETED))


def _kill(pid: int) -> bool:
    with contextlib.suppress(OSError):
        os.kill(pid, signal.SIGKILL)
        return True
    return False
