"""A broker of the bench's own, started from a configuration file, on loopback, with all that it writes in one folder."""

import os
import re
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil

from helpers.brokers import BrokerError, ports, tied

START = 60.0
"""Seconds that a broker has to start, on a busy machine."""


_TAKEN_NOTE = "Port {} is taken on this machine; the bench used another in its place."
_TAKEN = re.compile(r"address already in use|eaddrinuse|BindException", re.I)


class Refused(Exception):
    """The broker ended while it started; the message is what it said."""

    @property
    def taken(self) -> bool:
        """Whether somebody else was faster in taking a port."""
        return bool(_TAKEN.search(str(self)))


class Private:
    """Its processes, companions first. They are children of the bench: its warden sweeps what this does not stop, and the kernel
    what a warden killed with the bench does not. So start it from the main thread, or from one of the event loop's own pool,
    which last as long as the loop does."""

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.output = folder / "output.log"
        self._processes: list[subprocess.Popen] = []
        self._over = threading.Lock()
        self._stopped = False

    def start(self, argv: Sequence[str], env: Mapping[str, str]) -> None:
        """Raises Refused after `stop`, which an interrupt may call meanwhile in another thread."""
        with self._over:
            if self._stopped:
                raise Refused("stopped")
            self._spawn(argv, env)

    def _spawn(self, argv: Sequence[str], env: Mapping[str, str]) -> None:
        if shutil.which(argv[0], path=env.get("PATH")) is None:  # else the shell's words would be taken for the broker's
            raise BrokerError(f"There is no program {argv[0]}.")
        with self.output.open("ab") as log:
            process = subprocess.Popen(tied.to_me(argv), env=dict(env), cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log,
                                       stderr=log, start_new_session=True)
        self._processes.append(process)

    def wait(self, port: int, answers: Callable[[], bool], said: Callable[[], str], title: str) -> None:
        """Until the process that was started last answers at `port`: it, and nobody else who may listen there.

        Raises Refused where it ends, BrokerError after START seconds.
        """
        process, end = self._processes[-1], time.monotonic() + START
        while not (answers() and self._listens(port)):
            if process.poll() is not None:
                raise Refused(said())
            if time.monotonic() > end:
                raise BrokerError(f"{title} did not answer within {START:g} s; see {self.folder}")
            time.sleep(0.02)
        if elsewhere := self.listens_elsewhere():
            self.stop()
            raise BrokerError(f"{title} listened on {elsewhere}, which the bench does not allow")

    def listens_elsewhere(self) -> str | None:
        """An address that is not loopback and that one of the processes listens on; None where there is none."""
        for process in self._all():
            try:
                for line in process.net_connections("tcp"):
                    if line.status == psutil.CONN_LISTEN and line.laddr.ip not in ("127.0.0.1", "::1", "::ffff:127.0.0.1"):
                        return f"{line.laddr.ip}:{line.laddr.port}"
            except psutil.Error:
                continue
        return None

    def _listens(self, port: int) -> bool:
        for process in self._all():
            try:
                lines = process.net_connections("tcp")
                if any(line.status == psutil.CONN_LISTEN and line.laddr.port == port for line in lines):
                    return True
            except psutil.Error:
                continue
        return False

    def kill(self) -> None:
        """SIGKILL the server, as a crash would; companions stay."""
        process = self._processes.pop()
        process.kill()
        process.wait()

    def stop(self) -> None:
        """Nothing of it is left running, and nothing more is started."""
        with self._over:
            self._stopped = True
        self.clear()

    def clear(self) -> None:
        """Nothing of it is left running; it may be started anew."""
        everything = self._all()
        for process in everything:
            try:
                process.send_signal(signal.SIGKILL)
            except psutil.Error:
                pass
        for process in self._processes:
            process.wait()
        psutil.wait_procs(everything, timeout=5)
        self._processes.clear()

    def _all(self) -> list[psutil.Process]:
        found = []
        for process in self._processes:
            try:
                main = psutil.Process(process.pid)
                found += [main, *main.children(recursive=True)]
            except psutil.Error:
                continue
        return found


def started(start: Callable[[int], None], clear: Callable[[], None], asked: int, wanted: int | None) -> tuple[str, str]:
    """Start a broker on the port that its file says, or on another where that is taken: (what it said where it did not start,
    a note for the learner). Raises BrokerError where it ended for a reason that is not in its file."""
    port, note = port_for(asked, wanted)
    for _ in range(3):
        try:
            start(port)
            return "", note
        except Refused as refusal:
            if not refusal.taken:
                return str(refusal), note
            clear()
            port = ports.any_free()
            note = _TAKEN_NOTE.format(asked) if wanted == asked else ""
    raise BrokerError(f"No port could be had in place of {asked}.")


def port_for(asked: int, wanted: int | None) -> tuple[int, str]:
    """The port to listen on for a file that says `wanted`, and a note where the one that is asked is taken."""
    if wanted == asked and ports.free(asked):
        return asked, ""
    return ports.any_free(), _TAKEN_NOTE.format(asked) if wanted == asked else ""


def clean_env(folder: Path) -> dict[str, str]:
    return {"PATH": os.defpath, "HOME": str(folder), "LC_ALL": "C.UTF-8"}
