"""What the labs' programs need beside a broker: the packages of those in Node.js, installed once for all workers."""

import fcntl
import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

from helpers import paths

LOCKED = [Path(__file__).parent / "node" / name for name in ("package.json", "package-lock.json")]


@pytest.fixture(scope="session")
def node_path() -> str:
    """A value for NODE_PATH. The folder is named after the lock file, so that it is installed again when that changes."""
    for tool in ("node", "npm"):
        if not shutil.which(tool):
            pytest.skip(f"{tool} is not installed")
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in LOCKED)).hexdigest()[:16]
    folder = paths.CACHE / "node" / digest
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            for path in LOCKED:
                shutil.copy(path, folder)
            installed = subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=folder, capture_output=True, text=True)
            assert installed.returncode == 0, installed.stderr
            (folder / "complete").touch()
    return str(folder / "node_modules")
