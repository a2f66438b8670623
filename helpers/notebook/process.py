"""The bench as a subprocess of the kernel: its lines as they come, and its end whatever happens to us."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Sequence
from typing import Any

from helpers import paths

BATCH = 0.033
"""Seconds in which lines are gathered before they are handed on together."""
GRACE = 1.5
"""Seconds that the bench has to take everything down with it, before it is killed."""


class Bench:
    """A running `python -m helpers check … --stream`.

    Must be created on the main thread: a signal tied to the parent's death fires when the spawning THREAD ends. Its
    standard input is a lifeline: the bench ends with everything it started when the other end closes, which a
    kernel does however it dies.
    """

    def __init__(self, arguments: Sequence[str]):
        self._process = subprocess.Popen(
            [sys.executable, "-m", "helpers", "check", *arguments, "--stream", "--lifeline"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            start_new_session=True, cwd=paths.ROOT, bufsize=0,
        )
        self.pid = self._process.pid
        self.complaints: deque[str] = deque(maxlen=40)
        """What the bench wrote on standard error: of use only where it failed."""
        self._lines: deque[dict[str, Any]] = deque()
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self._readers = [
            threading.Thread(target=self._read, args=(self._process.stdout, self._take), daemon=True),
            threading.Thread(target=self._read, args=(self._process.stderr, self._complain), daemon=True),
        ]
        self._ended: deque[bool] = deque()
        for reader in self._readers:
            reader.start()

    async def batches(self) -> AsyncIterator[list[dict[str, Any]]]:
        """The lines of the stream, gathered; ends when the bench has closed its output."""
        while True:
            await self._news.wait()
            await asyncio.sleep(BATCH)
            self._news.clear()
            done = len(self._ended) == len(self._readers)
            batch = [self._lines.popleft() for _ in range(len(self._lines))]
            if batch:
                yield batch
            if done:
                return

    async def wait(self) -> int:
        """The exit status, once the output has ended."""
        while self._process.poll() is None:
            await asyncio.sleep(0.01)
        return self._process.returncode

    def stop(self) -> None:
        """End the bench and everything it started; returns when it is gone. Safe to call twice."""
        try:
            self._process.stdin.close()
        except OSError:
            pass
        deadline = time.monotonic() + GRACE
        while self._process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        if self._process.poll() is None:
            os.killpg(self.pid, signal.SIGKILL)
            self._process.wait()

    def _read(self, pipe, take) -> None:
        rest = b""
        try:
            while chunk := os.read(pipe.fileno(), 1 << 16):
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    take(line)
                self._tell()
            if rest:
                take(rest)
        finally:
            self._ended.append(True)
            self._tell()
            pipe.close()

    def _take(self, line: bytes) -> None:
        try:
            self._lines.append(json.loads(line))
        except ValueError:
            self._complain(line)

    def _complain(self, line: bytes) -> None:
        self.complaints.append(line.decode(errors="replace"))

    def _tell(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self._news.set)
        except RuntimeError:  # the loop is closed: nobody listens any more
            pass
