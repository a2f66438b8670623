"""What a broker is (its description) and what can be done with a server of it, whichever provider runs it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from helpers import paths

from . import probes, settings
from .errors import BrokerError, NotRunning, StartFailed

Progress = Callable[[str], None]
HOST = "127.0.0.1"


def silent(_: str) -> None:
    """Progress for those who want none."""


@dataclass(frozen=True)
class Program:
    """One process to start: command, its whole environment, and texts of which its command line always holds one."""

    role: str
    argv: list[str]
    env: dict[str, str]
    marks: tuple[str, ...]


@dataclass(frozen=True)
class Status:
    """A server as it is found in the world now."""

    name: str
    instance: str
    provider: str
    state: str
    """`running`, `paused`, `starting` or `stopped`."""
    version: str | None = None
    source: str = ""
    """Where the running program came from: a suite such as `Debian testing`; empty where there is nothing to say."""
    pid: int | None = None
    memory_mb: float | None = None
    port: int | None = None
    uptime_s: float | None = None
    note: str = ""


class Broker:
    """A description: what one kind of broker needs and how to speak to it. Knows nothing of providers' bookkeeping."""

    name: str
    title: str
    port_settings: dict[str, dict[str, str]]
    """Instance -> purpose -> setting; the purpose `client` is the port that clients connect to."""
    start_timeout = 60.0
    stop_timeout = 20.0

    def port_names(self, instance: str) -> dict[str, str]:
        """Purpose -> setting. Raises BrokerError for an instance that there is not."""
        try:
            return self.port_settings[instance]
        except KeyError:
            known = ", ".join(self.port_settings)
            raise BrokerError(f"{self.title} has no instance {instance!r}, only: {known}.") from None

    def ports(self, instance: str) -> dict[str, int]:
        """Purpose -> port number. Raises BrokerError for a setting that is no port number."""
        return {purpose: settings.port(name) for purpose, name in self.port_names(instance).items()}

    def prepare(self, folder: Path, ports: dict[str, int], instance: str) -> list[Program]:
        """Write the native configuration into `folder`; the programs to start, the server itself last."""
        raise NotImplementedError

    def answers(self, port: int, timeout: float) -> None:
        """A cheap round trip; raises probes.NoAnswer."""
        raise NotImplementedError

    def confirm(self, port: int, timeout: float) -> None:
        """One message sent and confirmed; raises probes.NoAnswer."""
        raise NotImplementedError

    def version(self, server: "Server") -> str:
        """The version that the running broker reports."""
        raise NotImplementedError

    def url(self, port: int, **parts: str) -> str:
        """What a client is given to connect."""
        raise NotImplementedError

    def log_file(self, folder: Path) -> Path:
        """The native server's own log."""
        return folder / "log" / f"{self.name}.log"


class Server:
    """One server of a broker. Subclasses say how it is run; what is common stands here."""

    provider: str

    def __init__(self, broker: Broker, instance: str = "main"):
        broker.port_names(instance)  # only the instance: what is running must be found, and stopped, by whatever settings
        self.broker = broker
        self.name = broker.name
        self.instance = instance
        self.host = HOST
        self.folder = paths.STATE / "brokers" / f"{broker.name}-{instance}"

    def __repr__(self) -> str:
        return f"<{self.title} {self.provider} on {self.host}:{self.port}>"

    @property
    def title(self) -> str:
        """`RabbitMQ`, or `RabbitMQ (spare)`."""
        return self.broker.title if self.instance == "main" else f"{self.broker.title} ({self.instance})"

    @property
    def ports(self) -> dict[str, int]:
        return self.broker.ports(self.instance)

    @property
    def port(self) -> int:
        return self.ports["client"]

    def url(self, **parts: str) -> str:
        """amqp://…, host:port for Kafka, redis://…; RabbitMQ takes `vhost`, Redis `db`."""
        return self.broker.url(self.port, **parts)

    # ------------------------------------------------------------ what a provider says

    def running(self) -> bool:
        """Whether its process is there (paused counts)."""
        raise NotImplementedError

    def pids(self) -> list[int]:
        raise NotImplementedError

    def status(self, ask: bool = True) -> Status:
        """`ask`: also for its version, by its own protocol, which leaves a line in its log."""
        raise NotImplementedError

    def up(self, progress: Progress | None = None) -> None:
        raise NotImplementedError

    def down(self) -> None:
        raise NotImplementedError

    def kill(self) -> None:
        raise NotImplementedError

    def pause(self) -> None:
        raise NotImplementedError

    def resume(self) -> None:
        raise NotImplementedError

    def logs(self, lines: int = 50) -> str:
        raise NotImplementedError

    # ------------------------------------------------------------ what follows from it

    def restart(self, progress: Progress | None = None) -> None:
        """Stop it in good order and start it again."""
        self.down()
        self.up(progress)

    def version(self) -> str:
        """The version that the broker itself reports. Raises NotRunning when nobody answers."""
        try:
            return self.broker.version(self)
        except probes.NoAnswer as fault:
            raise NotRunning(f"{self.title} does not answer ({fault}). Start it: python -m helpers up {self.name}") from fault

    def wait_ready(self, timeout: float | None = None) -> None:
        """Wait until a message has gone in and been confirmed.

        Raises StartFailed when the process ends or nothing is confirmed within `timeout` seconds.
        """
        limit = timeout or self.broker.start_timeout
        end = time.monotonic() + limit
        fault = "it does not listen yet"
        while True:
            if probes.listens(self.port):
                try:
                    self.broker.confirm(self.port, min(10.0, max(0.5, end - time.monotonic())))
                    return
                except probes.NoAnswer as answer:
                    fault = str(answer)
            if not self.running():
                raise StartFailed(f"{self.title} ended while it started. {self._last_words()}")
            if time.monotonic() > end:
                raise StartFailed(f"{self.title} was not ready within {limit:.0f} s: {fault}. {self._last_words()}")
            time.sleep(0.01)

    def _last_words(self) -> str:
        tail = self.logs(lines=12).strip()
        where = f"See: python -m helpers logs {self.name}"
        return f"Its log ends:\n{tail}\n{where}" if tail else where
