"""Runs brokers as plain processes of this user, unpacked from the shared cache: no Docker, no root."""

import contextlib
import signal
import time
from pathlib import Path

from . import install, ports, probes, process, settings
from .base import Broker, Program, Progress, Server, Status, silent
from .errors import BrokerError, NotRunning, PortTaken


class NativeServer(Server):
    """A server whose processes are recorded in `<state>/brokers/<name>-<instance>/`."""

    provider = "native"

    def __init__(self, broker: Broker, instance: str = "main"):
        super().__init__(broker, instance)
        self.pid_file = self.folder / "server.pid.json"
        self.ready_file = self.folder / "ready"

    @property
    def log_path(self) -> Path:
        return self.broker.log_file(self.folder)

    # ------------------------------------------------------------ looking

    def _record(self) -> process.Record | None:
        return process.read(self.pid_file)

    def _companions(self) -> list[process.Record]:
        records = [process.read(file) for file in sorted(self.folder.glob("with-*.pid.json"))]
        return [record for record in records if record is not None and record.alive()]

    def running(self) -> bool:
        record = self._record()
        return record is not None and record.alive()

    def pids(self) -> list[int]:
        """Every process that belongs to the server, helpers such as epmd included; checked to be ours."""
        return sorted(process.descendants(self._roots()))

    def _roots(self) -> set[int]:
        roots = {record.pid for record in self._companions()}
        record = self._record()
        if record is not None and record.alive():
            roots.add(record.pid)
        return roots

    def _is_ready(self, record: process.Record) -> bool:
        with contextlib.suppress(OSError):
            return self.ready_file.read_text() == f"{record.pid} {record.started}"
        return False

    def status(self, ask: bool = True) -> Status:
        record = self._record()
        letter = record.state() if record else None
        if record is None or letter is None:
            return Status(self.name, self.instance, self.provider, "stopped", port=self.port)
        state = "paused" if letter in "Tt" else "running" if self._is_ready(record) else "starting"
        version, note = None, ""
        if state == "running" and ask:
            try:
                version = self.broker.version(self)
            except probes.NoAnswer as fault:
                note = f"does not answer: {fault}"
        memory = process.memory_mb(process.descendants({record.pid}))
        source = install.source(process.binary(record.pid))
        return Status(self.name, self.instance, self.provider, state, version, source, record.pid, round(memory, 1), self.port,
                      round(record.uptime_s(), 1), note)  # fmt: skip

    def logs(self, lines: int = 50) -> str:
        """The last lines of the server's own log; of its start, where it came to no log."""
        for file in (self.log_path, self.folder / "log" / "start.log"):
            with contextlib.suppress(OSError), open(file, "rb") as handle:
                handle.seek(max(0, file.stat().st_size - 256 * (lines + 1)))
                tail = handle.read().decode(errors="replace").splitlines()[-lines:]
                if tail:
                    return "\n".join(tail)
        return ""

    # ------------------------------------------------------------ starting

    def up(self, progress: Progress | None = None) -> None:
        """Start it if it is not running, resume it if it is paused, and wait for a first confirmed message.

        Raises PortTaken, NotInstalled or StartFailed.
        """
        say = progress or silent
        began = time.monotonic()
        record = self._record()
        if record is not None and record.alive() and self._is_ready(record):
            record.send(signal.SIGCONT)
            self._check_port_is_its_own()
            with contextlib.suppress(probes.NoAnswer):
                self.broker.answers(self.port, 1.0)
                return
        started = self._start(say)
        self.wait_ready()
        record = self._record()
        if record is not None:
            self.ready_file.write_text(f"{record.pid} {record.started}")
        say(f"{self.title} {'is ready' if started else 'was running'} ({time.monotonic() - began:.1f} s)")

    def _check_port_is_its_own(self) -> None:
        """Raise PortTaken when the server runs, and somebody else answers at its port: the setting was changed since."""
        pids = self.pids()
        holder = ports.owner(self.port, pids)
        if holder is not None and holder not in pids:
            name = self.broker.port_names(self.instance)["client"]
            raise PortTaken(
                f"{self.title} runs, but {name}={self.port} is taken by {ports.describe_owner(self.port)}. "
                f"Set {name} in {settings.env_file()} back to the port that {self.title} was started with, or to a free one "
                f"and python -m helpers restart {self.name}"
            )

    def _start(self, say: Progress) -> bool:
        from . import provider

        provider.settle(say)
        self.folder.mkdir(parents=True, exist_ok=True)
        with process.held(self.folder / "lock"):
            record = self._record()
            if record is not None and record.alive():
                record.send(signal.SIGCONT)
                return False
            self._forget()
            say(f"{self.title}: starting on port {self.port}")
            (self.folder / "log").mkdir(exist_ok=True)
            programs = self.broker.prepare(self.folder, self.ports, self.instance)
            companions = [program for program in programs[:-1] if not self._companion_lives(program)]
            kept = {program.role for program in programs[:-1]} - {program.role for program in companions}
            names = self.broker.port_settings[self.instance]
            ports.check({names[key]: number for key, number in self.ports.items() if key not in kept})
            for program in companions:
                process.write(self.folder / f"with-{program.role}.pid.json", self._spawn(program))
                self._wait_port(program)
            process.write(self.pid_file, self._spawn(programs[-1]))
            return True

    def _spawn(self, program: Program) -> process.Record:
        return process.spawn(program.argv, env=program.env, folder=self.folder, log=self.folder / "log" / "start.log",
                             marks=program.marks)  # fmt: skip

    def _companion_lives(self, program: Program) -> bool:
        record = process.read(self.folder / f"with-{program.role}.pid.json")
        return record is not None and record.alive()

    def _wait_port(self, program: Program) -> None:
        end = time.monotonic() + 10
        while not probes.listens(self.ports[program.role]):
            if time.monotonic() > end:
                raise BrokerError(f"{program.role} of {self.title} did not start. {self._last_words()}")
            time.sleep(0.005)

    def _forget(self) -> None:
        for file in (self.pid_file, self.ready_file):
            file.unlink(missing_ok=True)

    # ------------------------------------------------------------ stopping and hurting

    def down(self) -> None:
        """Stop the server in good order, then its companions; nothing of it is left. No fault when it is down."""
        if not self.folder.exists():
            return
        with process.held(self.folder / "lock"):
            family = process.family(self._roots())
            record = self._record()
            if record is not None and record.alive():
                record.send(signal.SIGTERM)
                record.send(signal.SIGCONT)
                record.wait_end(self.broker.stop_timeout)
            for companion in self._companions():
                if record is None or companion.pid != record.pid:
                    companion.send(signal.SIGTERM)
            for member in family:
                if not member.wait_end(2.0):
                    member.send(signal.SIGKILL)
                    member.wait_end(5.0)
            self._forget()
            for file in self.folder.glob("with-*.pid.json"):
                file.unlink(missing_ok=True)

    def _signal(self, number: int, deed: str) -> process.Record:
        record = self._record()
        if record is None or not record.send(number):
            raise NotRunning(f"{self.title} is not running, so it cannot be {deed}. Start it: python -m helpers up {self.name}")
        return record

    def kill(self) -> None:
        """SIGKILL the server process, as a crash would; companions stay, so that it comes back fast."""
        record = self._signal(signal.SIGKILL, "killed")
        record.wait_end(10.0)
        self.ready_file.unlink(missing_ok=True)

    def pause(self) -> None:
        """SIGSTOP: connections stay open and nothing moves. Returns when the process stands still."""
        record = self._signal(signal.SIGSTOP, "paused")
        end = time.monotonic() + 5
        while record.state() not in ("T", "t", None) and time.monotonic() < end:
            time.sleep(0.001)

    def resume(self) -> None:
        """SIGCONT after a pause."""
        self._signal(signal.SIGCONT, "resumed")
