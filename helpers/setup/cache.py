"""Folders of the shared cache: made by one process at a time, whole or not there, repaired when half-finished."""

import contextlib
import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from helpers import paths
from helpers.brokers.install import COMPLETE, complete

from .say import SetupError, say


@contextlib.contextmanager
def locked(name: str) -> Iterator[None]:
    """Hold the cache's lock of that name, saying so when another set-up holds it."""
    paths.CACHE.mkdir(parents=True, exist_ok=True)
    with open(paths.CACHE / f"{name}.lock", "a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("cache", f"another set-up is busy with {name}; waiting for it")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def discard(folder: Path) -> None:
    """Remove a folder of the cache, its marker first, so that an interrupt leaves it half-finished, never half-whole."""
    (folder / COMPLETE).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def fresh(folder: Path) -> Iterator[Path]:
    """A temporary folder beside `folder`, renamed to it when the block ends well. Mark it with `finish` afterwards.

    What an earlier, interrupted set-up left under either name is removed first.
    """
    making = folder.with_name(f"{folder.name}.new")
    for leftover in (making, folder):
        if leftover.exists():
            discard(leftover)
    making.mkdir(parents=True)
    yield making
    making.rename(folder)


def finish(folder: Path, record: dict) -> None:
    """Mark a folder as whole: the last thing that is written into it."""
    new = folder / f"{COMPLETE}.new"
    with open(new, "w", encoding="utf-8") as file:
        json.dump(record, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    new.rename(folder / COMPLETE)


def is_complete(folder: Path) -> bool:
    """Whether the folder was finished."""
    return complete(folder) is not None


def need_space(megabytes: int) -> None:
    """Raise SetupError when the cache's disk has less than that left."""
    paths.CACHE.mkdir(parents=True, exist_ok=True)
    left = shutil.disk_usage(paths.CACHE).free // 2**20
    if left < megabytes:
        raise SetupError(
            f"{paths.CACHE} has {left} MB left on its disk; the set-up needs {megabytes} MB. "
            "Free some space, or set WORKBOOK_CACHE to a folder on a larger disk."
        )


def write_json(file: Path, data: dict) -> None:
    """Write a small record."""
    file.write_text(json.dumps(data, indent=1), encoding="utf-8")


def read_json(file: Path) -> dict:
    """Read a record that `write_json` wrote."""
    return json.loads(file.read_text(encoding="utf-8"))
