"""Progress and faults of the set-up in plain lines; standard library only, for it runs before anything is installed."""

import sys
import threading
import time

_BEGAN = time.monotonic()
_LOCK = threading.Lock()


class SetupError(Exception):
    """The set-up cannot go on. The message says what is missing and what to do next."""


def say(topic: str, text: str) -> None:
    """Print one line of progress, with the seconds since the start."""
    with _LOCK:
        print(f"[{time.monotonic() - _BEGAN:5.1f} s] {topic:<12} {text}", flush=True)


def fail(text: str) -> None:
    """Print what went wrong to stderr."""
    with _LOCK:
        print(f"\n{text}", file=sys.stderr, flush=True)


def megabytes(count: int) -> str:
    """A count of bytes for people."""
    return f"{count / 2**20:.0f} MB"
