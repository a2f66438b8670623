"""Worlds apart: state, ports and brokers of one's own, for tests and measurements that must not touch those in use.

Each is entered in the clone's book while it lasts. What a killed test run left running is stopped by the next `down`.
"""

import contextlib
import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

from helpers import paths

from . import ports, settings
from .owners import owner_lives, owner_tag

_BOOK = paths.ROOT / ".workbook" / "worlds"


@contextlib.contextmanager
def entered(folder: Path) -> Iterator[dict[str, str]]:
    """The environment variables of a new world in `folder`: they make `helpers` see nothing but it.

    To stop what was started in it before leaving is the caller's part.
    """
    env = {"WORKBOOK_STATE": str(folder / "state"), "WORKBOOK_ENV": str(folder / ".env"), "BROKERS": "native"}
    env |= {each: str(ports.any_free()) for each in settings.DEFAULT_PORTS}
    _BOOK.mkdir(parents=True, exist_ok=True)
    entry = _BOOK / f"{owner_tag()}.{uuid.uuid4().hex[:8]}.json"
    entry.write_text(json.dumps(env))
    try:
        yield env
    finally:
        entry.unlink(missing_ok=True)


def sweep(say: Callable[[str], None]) -> None:
    """Stop what runs in the worlds of dead owners, and strike them from the book. Only the clone itself sweeps, no world of it."""
    if paths.STATE != _BOOK.parent:
        return
    for entry in sorted(_BOOK.glob("*.json")):
        if owner_lives(entry.name.split(".")[0]):
            continue
        env = json.loads(entry.read_text())
        if Path(env["WORKBOOK_STATE"]).exists():
            say(f"stopping what a killed run left in {env['WORKBOOK_STATE']}")
            subprocess.run([sys.executable, "-m", "helpers", "down"], cwd=paths.ROOT, env={**os.environ, **env},
                           stdout=subprocess.DEVNULL, check=True)
        entry.unlink(missing_ok=True)
