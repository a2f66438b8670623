"""Runs the set-up's helper programs, and ends every one of them when the set-up is interrupted."""

import subprocess
import threading

_RUNNING: set[subprocess.Popen] = set()
_LOCK = threading.Lock()
_STOPPED = threading.Event()


class Stopped(Exception):
    """The set-up is ending; no more programs are started."""


def run(argv: list[str], on_line=None, **options) -> subprocess.CompletedProcess:
    """Like `subprocess.run` with captured text; with `on_line`, each line of output is passed on as it comes.

    stdout and stderr are one text then.
    """
    with _LOCK:
        if _STOPPED.is_set():
            raise Stopped
        child = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, errors="replace",
            stderr=subprocess.STDOUT if on_line else subprocess.PIPE, **options,
        )  # fmt: skip
        _RUNNING.add(child)
    try:
        if on_line is None:
            out, err = child.communicate()
        else:
            lines = []
            for line in child.stdout:
                lines.append(line)
                on_line(line.rstrip())
            child.wait()
            out, err = "".join(lines), ""
    finally:
        with _LOCK:
            _RUNNING.discard(child)
    if _STOPPED.is_set():
        raise Stopped
    return subprocess.CompletedProcess(argv, child.returncode, out, err)


def stop_all() -> None:
    """End what is running; what comes to start afterwards is refused."""
    with _LOCK:
        _STOPPED.set()
        for child in _RUNNING:
            child.terminate()
