"""A small program in a process of its own, so that a lesson can kill it; never left behind."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from helpers import paths
from helpers.brokers import tied
from helpers.notebook.parts import wait_until


def folder(lesson: str) -> Path:
    """Where the programs of a lesson lie: work/lessons/NN. Made when it is missing."""
    place = paths.WORK / "lessons" / lesson
    place.mkdir(parents=True, exist_ok=True)
    return place


class Running:
    """lines: what it has printed so far; error: what it has written to its standard error."""

    def __init__(self, program: Path, **environment: str):
        env = {**os.environ, "PYTHONUNBUFFERED": "1", **environment}
        self.process = subprocess.Popen(tied.to_me([sys.executable, str(program)]), env=env, stdin=subprocess.DEVNULL, text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
        self.lines: list[str] = []
        self.error = ""
        self._readers = [threading.Thread(target=self._read_lines, daemon=True), threading.Thread(target=self._read_error, daemon=True)]
        for reader in self._readers:
            reader.start()

    def _read_lines(self) -> None:
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def _read_error(self) -> None:
        self.error = self.process.stderr.read()

    def wait_for(self, text: str, seconds: float = 15) -> None:
        """Until a printed line holds the text.

        Raises RuntimeError with its last words when the program ends before, TimeoutError after `seconds`.
        """

        def seen() -> bool:
            if any(text in line for line in self.lines):
                return True
            if self.process.poll() is not None:
                self._join()
                if not any(text in line for line in self.lines):
                    raise RuntimeError(f"the program ended before it printed {text!r}:\n{self.error[-800:]}")
            return any(text in line for line in self.lines)

        if not wait_until(seen, seconds):
            raise TimeoutError(f"waited {seconds:g} s for the program to print {text!r}; so far: {self.lines[-3:]}")

    def kill(self) -> None:
        """kill -9: no clean-up runs in it."""
        self._end(signal.SIGKILL)

    def terminate(self) -> float:
        """kill -TERM, as a deploy does; seconds until it had ended."""
        began = time.monotonic()
        self._end(signal.SIGTERM)
        return time.monotonic() - began

    def _end(self, number: int) -> None:
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._join()

    def wait(self, seconds: float = 30) -> int:
        """Its exit code. Raises subprocess.TimeoutExpired."""
        code = self.process.wait(seconds)
        self._join()
        return code

    def _join(self) -> None:
        for reader in self._readers:
            reader.join(2)


@contextlib.contextmanager
def running(program: Path, **environment: str) -> Iterator[Running]:
    """`with running(folder("04") / "consumer.py", QUEUE=queue) as consumer:`; killed at the block's end if it still runs."""
    started = Running(program, **environment)
    try:
        yield started
    finally:
        if started.process.poll() is None:
            started.kill()
