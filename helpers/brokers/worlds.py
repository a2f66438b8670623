"""Worlds apart: state, ports and brokers of one's own, for tests and measurements that must not touch those in use.

Each is entered in the clone's book while it lasts, and its owner holds a lock on the entry: what a killed test run left
running is stopped by the next `down`, which needs nothing but Python itself.
"""

import contextlib
import fcntl
import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

from helpers import paths

from . import ports, settings

_BOOK = paths.ROOT / ".workbook" / "worlds"


@contextlib.contextmanager
def entered(folder: Path) -> Iterator[dict[str, str]]:
    """The environment variables of a new world in `folder`: they make `helpers` see nothing but it.

    To stop what was started in it before leaving is the caller's part.
    """
    env = {"WORKBOOK_STATE": str(folder / "state"), "WORKBOOK_ENV": str(folder / ".env"), "BROKERS": "native"}
    env |= {each: str(ports.any_free()) for each in settings.DEFAULT_PORTS}
    _BOOK.mkdir(parents=True, exist_ok=True)
    entry = _BOOK / f"{uuid.uuid4().hex[:8]}.json"
    with entry.open("w") as page:
        fcntl.flock(page, fcntl.LOCK_EX)
        page.write(json.dumps(env))
        page.flush()
        try:
            yield env
        finally:
            entry.unlink(missing_ok=True)


def sweep(say: Callable[[str], None]) -> None:
    """Stop what runs in the worlds of dead owners, and strike them from the book. Only the clone itself sweeps, no world of it."""
    if paths.STATE != _BOOK.parent:
        return
    for entry in sorted(_BOOK.glob("*.json")):
        if _owned(entry) or not (text := entry.read_text()):
            continue
        env = json.loads(text)
        if Path(env["WORKBOOK_STATE"]).exists():
            say(f"stopping what a killed run left in {env['WORKBOOK_STATE']}")
            subprocess.run([sys.executable, "-m", "helpers", "down"], cwd=paths.ROOT, env={**os.environ, **env},
                           stdout=subprocess.DEVNULL, check=True)
        entry.unlink(missing_ok=True)


def _owned(entry: Path) -> bool:
    """Whether the process that made the entry still lives: it holds the lock until it ends, however it ends."""
    with entry.open() as page:
        try:
            fcntl.flock(page, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
    return False
