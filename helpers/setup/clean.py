"""`make clean`: names what it removes, and removes the learner's own work only when asked for by name."""

import os
import shutil
from pathlib import Path

from helpers import brokers, paths
from helpers.brokers.cli import say


def targets() -> list[tuple[Path, str]]:
    """What there is to remove, with a word on each."""
    found = [(paths.VENV, "the environment"), (paths.STATE, "the brokers' data and logs, kept runs")]
    if os.environ.get("CACHE") == "yes":
        found.append((paths.CACHE, "downloads and unpacked brokers, shared by all clones"))
    if os.environ.get("WORK") == "yes":
        found.append((paths.WORK, "YOUR OWN notebooks and programs"))
    return [(path, word) for path, word in found if path.exists()]


def main(dry_run: bool = False) -> int:
    """Stop the brokers, then remove; 4 when a broker would not stop."""
    if not dry_run:
        try:
            brokers.down(progress=say)
        except brokers.BrokerError as fault:
            say(str(fault))
            return 4
    for path, word in targets():
        say(f"{'would remove' if dry_run else 'removing'} {path}  ({word})")
        if not dry_run:
            shutil.rmtree(path, ignore_errors=True)
            if path.exists():
                say(f"{path} could not be removed whole; look at its owner and permissions")
    for name, path, word in (("CACHE", paths.CACHE, "shared cache"), ("WORK", paths.WORK, "your own files")):
        if path.exists() and os.environ.get(name) != "yes":
            say(f"kept: {path}  ({word}; {name}=yes removes it)")
    return 0
