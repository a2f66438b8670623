"""The pinned versions, read from versions.toml: nothing else in the workbook names a broker's version."""

import functools
import hashlib
import tomllib
from pathlib import Path

FOLDER = Path(__file__).parent
JAR_LOCK = FOLDER / "kafka-jars.lock"


@functools.cache
def versions() -> dict:
    """The tables of versions.toml."""
    return tomllib.loads((FOLDER / "versions.toml").read_text(encoding="utf-8"))


def jars() -> list[tuple[str, str]]:
    """Kafka's artifacts as (`group:name:version:classifier`, SHA-256 in hex), in class path order."""
    lines = JAR_LOCK.read_text(encoding="utf-8").split("\n")
    return [tuple(line.split()) for line in lines if line.strip()]


def jar_lock_digest() -> str:
    """Eight hex digits that change with the lock; part of the cache folder's name."""
    return hashlib.sha256(JAR_LOCK.read_bytes()).hexdigest()[:8]
