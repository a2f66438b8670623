"""The packages that programs in Node.js import, installed once for all workers from labs/node/package-lock.json."""

import fcntl
import hashlib
import shutil
import subprocess
from collections.abc import Callable, Iterable

from helpers import paths

FOLDER = paths.ROOT / "labs" / "node"
_LOCKED = ("package.json", "package-lock.json")


class NoNode(Exception):
    """Node.js or its packages are not to be had; the message says why."""


def modules(note: Callable[[str], None] = lambda text: None) -> str:
    """A value for NODE_PATH. The folder is named after the lock file, so that it is installed again when that changes.

    Raises NoNode. `note` is told before a first installation.
    """
    for tool in ("node", "npm"):
        if not shutil.which(tool):
            raise NoNode(f"{tool} is not installed (on Debian and Ubuntu: the packages nodejs and npm)")
    digest = hashlib.sha256(b"".join((FOLDER / name).read_bytes() for name in _LOCKED)).hexdigest()[:16]
    folder = paths.CACHE / "node" / digest
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            note("installing the packages for Node.js (once)")
            for name in _LOCKED:
                shutil.copy(FOLDER / name, folder)
            done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=folder, capture_output=True, text=True)
            if done.returncode != 0:
                raise NoNode(f"npm ci failed in {folder}:\n{done.stderr.strip()[-1000:]}")
            (folder / "complete").touch()
    return str(folder / "node_modules")


def wanted(words: Iterable[str]) -> bool:
    """Whether a command runs a program in JavaScript."""
    return any(word.endswith((".js", ".mjs", ".cjs")) for word in words)
