"""Who owns a thing that outlives its maker's process: so that a later one can tell what was left behind."""

import os

import psutil


def owner_tag() -> str:
    """Names the process that owns a place in a broker, so that a later run can tell whether it still lives."""
    return f"{os.getpid()}-{psutil.Process().create_time():.2f}".replace(".", "")


def owner_lives(tag: str) -> bool:
    """Whether the process of an `owner_tag` is still there (a pid that was given out again does not count)."""
    pid, _, born = tag.partition("-")
    try:
        return f"{psutil.Process(int(pid)).create_time():.2f}".replace(".", "") == born
    except (ValueError, psutil.Error):
        return False
