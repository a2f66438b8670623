"""A RabbitMQ on the learner's rabbitmq.conf: what can be wished of it, and how it is started and probed.

Sources: RabbitMQ documentation, "Configuration", "Access Control", "Memory Threshold and Limit", "Free Disk Space Alarms",
"Heartbeats".
"""

import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from helpers.bench.exam import guard
from helpers.bench.exam.config_wishes import BYTES, ConfigWish, Seen, amount, not_as_asked, size, unit_of
from helpers.bench.exam.private import Private, started
from helpers.bench.exam.wish import Found
from helpers.brokers import BrokerError, install, probes
from helpers.brokers.base import HOST
from helpers.brokers.ports import any_free
from helpers.brokers.rabbitmq import RabbitMQ

DEFAULT_PORT = 5672
_LOG = 15.0
"""Seconds within which the log must tell that the start is complete."""
_TELLS = re.compile(r"watermark|Disk free limit|TCP listener|alarm|Created user|heartbeat|Memory used", re.I)


@dataclass(frozen=True)
class Memory(ConfigWish):
    """Publishers are made to wait beyond so much memory."""

    bytes: int
    of = "rabbitmq"

    @property
    def title(self) -> str:
        return f"publishers wait while it uses more than {amount(self.bytes)} of memory"

    def look(self, seen: Seen) -> Found | None:
        there = int(seen.fact("memory"))
        if unit_of(there, self.bytes, [(1, "bytes")]):
            return None
        proof = [*seen.written(r"vm_memory_high_watermark.*"), *seen.says("watermark set to", "alarm set")]
        told = f"The limit is {amount(there)}; asked was {amount(self.bytes)}."
        if unit := _unit(seen, "vm_memory_high_watermark.absolute", self.bytes):
            return Found("wrong-unit", f"{told} The number would be right in {unit}: write the unit behind the number. As it "
                         "is, RabbitMQ is over its limit from the start, and publishers wait for ever.", tuple(proof))
        return not_as_asked(seen, "vm_memory_high_watermark.absolute", told, proof)


@dataclass(frozen=True)
class Disk(ConfigWish):
    """Publishers are made to wait while less is free on the disk."""

    bytes: int
    of = "rabbitmq"

    @property
    def title(self) -> str:
        return f"publishers wait while less than {amount(self.bytes)} is free on the disk"

    def look(self, seen: Seen) -> Found | None:
        there = int(seen.fact("disk"))
        if unit_of(there, self.bytes, [(1, "bytes")]):
            return None
        proof = [*seen.written(r"disk_free_limit.*"), *seen.says("Disk free limit set")]
        told = f"The limit is {amount(there)}; asked was {amount(self.bytes)}."
        if unit := _unit(seen, "disk_free_limit.absolute", self.bytes):
            return Found("wrong-unit", f"{told} The number would be right in {unit}: write the unit behind the "
                                       "number.", tuple(proof))
        return not_as_asked(seen, "disk_free_limit.absolute", told, proof)


@dataclass(frozen=True)
class User(ConfigWish):
    """This user may log in, and guest may not."""

    user: str
    password: str
    of = "rabbitmq"

    @property
    def title(self) -> str:
        return f"{self.user} logs in with the password {self.password}, and guest does not"

    def look(self, seen: Seen) -> Found | None:
        proof = [*seen.written(r"default_(user|pass)", r"loopback_users.*"), *seen.says("Created user")]
        if seen.fact("guest"):
            return Found("default-user-left", "guest logged in with the password guest, which everybody knows.", tuple(proof))
        if not seen.fact("login"):
            return Found("login-refused", f"RabbitMQ refused {self.user} with the password {self.password}.",
                         (*proof, f"RabbitMQ: {seen.fact('login said')}"))
        return None


@dataclass(frozen=True)
class Heartbeat(ConfigWish):
    """It proposes this heartbeat to clients."""

    seconds: int
    of = "rabbitmq"

    @property
    def title(self) -> str:
        return f"it proposes a heartbeat of {self.seconds} s to clients"

    def look(self, seen: Seen) -> Found | None:
        there = int(seen.fact("heartbeat"))
        if there == self.seconds:
            return None
        proof = [*seen.written("heartbeat"), f"Connection.Tune: heartbeat {there}"]
        told = f"RabbitMQ proposed a heartbeat of {there} s; asked were {self.seconds}."
        if there == self.seconds * 1000:
            return Found("wrong-unit", f"{told} {there} would be right in milliseconds.", tuple(proof))
        return not_as_asked(seen, "heartbeat", told, proof)


class RabbitMQOnFile:
    """Starts it and probes it. `close` stops it; its data are removed."""

    def __init__(self, folder: Path, asked: int, user: str, password: str):
        self._private, self._asked, self._user, self._password = Private(folder), asked, user, password

    def examine(self, text: str) -> Seen:
        """Raises BrokerError, OSError."""
        home = install.debian().rabbitmq_home
        schemas = [path.read_text(errors="replace") for path in home.glob("plugins/*/priv/schema/*.schema")]
        guarded = guard.guard(text, guard.split_rabbitmq, guard.RABBITMQ, guard.rabbitmq_knows(schemas))
        seen = Seen("RabbitMQ", guarded)
        seen.addresses = _addresses(guarded)
        wanted = next((port for _, port in seen.addresses if port == self._asked), seen.addresses[0][1])

        def start(port: int) -> None:
            self._port = port
            self._start(guarded)

        said, note = started(start, self._private.clear, self._asked, wanted)
        seen.notes += [note] if note else []
        if said:
            seen.refusal = _why(said)
            return seen
        self._probe(seen)
        return seen

    def close(self) -> None:
        self._private.stop()
        for data in (*self._private.folder.glob("data-*"), self._private.folder / "erl_crash.dump"):
            shutil.rmtree(data, ignore_errors=True) if data.is_dir() else data.unlink(missing_ok=True)

    @property
    def _log(self) -> Path:
        return self._private.folder / "rabbitmq.log"

    def _start(self, guarded: guard.Guarded) -> None:
        folder = self._private.folder
        ports = {"client": self._port, "management": any_free(), "dist": any_free(), "epmd": any_free()}
        epmd, node = RabbitMQ().prepare(folder, ports, f"exam-{self._port}")
        overlay = (f"# --- the bench's own\nlisteners.tcp.bench = {HOST}:{self._port}\n"
                   f"log.file = {self._log}\nlog.file.level = info\n")
        (folder / "rabbitmq.conf").write_text(guarded.text + overlay)
        (folder / "enabled_plugins").write_text("[].\n")
        env = {**node.env, "ERL_CRASH_DUMP_BYTES": "0"}
        self._private.start(epmd.argv, epmd.env)
        self._private.start(node.argv, env)

        def answers() -> bool:
            try:
                probes.amqp_greeting(self._port, 1.0)
            except (probes.NoAnswer, ValueError):
                return False
            return True

        def said() -> str:
            return "\n".join(path.read_text(errors="replace") for path in (self._private.output, self._log) if path.exists())

        self._private.wait(self._port, answers, said, "RabbitMQ")

    def _probe(self, seen: Seen) -> None:
        seen.facts["guest"], _, beat = self._login("guest", "guest")
        seen.facts["login"], seen.facts["login said"], own_beat = self._login(self._user, self._password)
        if (found := own_beat if own_beat is not None else beat) is not None:
            seen.facts["heartbeat"] = found
        seen.log = [re.sub(r"^\S+ \S+ (\[\w+\]) <[\d.]+> ", r"\1 ", line) for line in self._whole_log() if _TELLS.search(line)]
        seen.facts |= _limits(seen.log)

    def _whole_log(self) -> list[str]:
        """The log up to the end of the start: RabbitMQ answers a moment before its log is on the disk."""
        end = time.monotonic() + _LOG
        while True:
            text = self._log.read_text(errors="replace") if self._log.exists() else ""
            if "Server startup complete" in text or time.monotonic() > end:
                return text.splitlines()
            time.sleep(0.05)

    def _login(self, user: str, password: str) -> tuple[bool, str, int | None]:
        """(whether it may, what RabbitMQ said, the heartbeat it proposed). Raises AMQPError for any other answer."""
        import pika
        from pika.exceptions import AuthenticationError, ProbableAccessDeniedError, ProbableAuthenticationError

        told: list[int] = []

        def keep(connection: object, proposed: int) -> int:
            told.append(proposed)
            return proposed

        parameters = pika.ConnectionParameters(HOST, self._port, "/", pika.PlainCredentials(user, password), heartbeat=keep,
                                               socket_timeout=10, blocked_connection_timeout=10)
        try:
            pika.BlockingConnection(parameters).close()
        except (AuthenticationError, ProbableAccessDeniedError, ProbableAuthenticationError) as said:
            return False, str(said) or type(said).__name__, told[0] if told else None
        return True, "", told[0] if told else None


def _unit(seen: Seen, key: str, asked: int) -> str | None:
    """The unit in which the number in the file would be right."""
    line = seen.file.last(key)
    value = size(line.value) if line else None
    return unit_of(value, asked, BYTES) if value else None


def _addresses(guarded: guard.Guarded) -> list[tuple[str, int]]:
    """Where it would listen: `listeners.tcp.NAME = [HOST:]PORT`; the default without one."""
    found = []
    for line in guarded.like(r"listeners\.tcp\.[^.]+"):
        host, _, port = line.value.rpartition(":")
        if port.isdigit():
            found.append((host or "::", int(port)))
    return found or [("::", DEFAULT_PORT)]


def _limits(log: list[str]) -> dict[str, int]:
    """The limits that the log tells, in bytes."""
    found: dict[str, int] = {}
    for line in log:
        if told := re.search(r"watermark set to .*?\((\d+) bytes\)", line):
            found["memory"] = int(told[1])
        if (told := re.search(r"Disk free limit set to (\S+)", line)) and (value := size(told[1])) is not None:
            found["disk"] = value
    return found


def _why(output: str) -> str:
    """What it could not read. Raises BrokerError where it ended for another reason."""
    lines = [re.sub(r"^\S+ \S+ \[error\] <[\d.]+>\s*", "", line).strip() for line in output.splitlines()]
    told = [line.removeprefix("- ") for line in lines if line.startswith("- ")]
    if not told or not re.search(r"failed_to_(prepare|parse)_configuration", output):
        raise BrokerError("RabbitMQ ended while it started: " + " ".join(line for line in lines[-5:] if line))
    return "\n".join(dict.fromkeys(told))
