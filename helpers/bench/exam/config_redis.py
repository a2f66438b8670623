"""A Redis on the learner's redis.conf: what can be wished of it, and how it is started and probed.

Sources: Redis documentation, "Redis configuration", "Redis persistence", "Key eviction", "ACL".
"""

import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpers.bench.exam import guard
from helpers.bench.exam.config_wishes import BYTES, ConfigWish, Seen, amount, not_as_asked, unit_of
from helpers.bench.exam.private import Private, clean_env, started
from helpers.bench.exam.wish import Found
from helpers.brokers import BrokerError, install, probes
from helpers.brokers.base import HOST

DEFAULT_PORT = 6379


@dataclass(frozen=True)
class Memory(ConfigWish):
    """Its data take so much at most; beyond that writes are refused, and nothing is thrown away."""

    bytes: int
    of = "redis"

    @property
    def title(self) -> str:
        return f"its data take {amount(self.bytes)} at most; beyond that it refuses writes and throws nothing away"

    def look(self, seen: Seen) -> Found | None:
        there, policy = int(seen.value("maxmemory")), seen.value("maxmemory-policy")
        proof = [*seen.written("maxmemory", "maxmemory-policy"), f"CONFIG GET: maxmemory {there}, maxmemory-policy {policy}"]
        told = f"maxmemory is {there} (bytes); asked was {amount(self.bytes)}."
        if unit_of(there, self.bytes, [(1, "bytes")]) is None:
            if there and (unit := unit_of(there, self.bytes, BYTES)):
                return Found("wrong-unit", f"{told} {there} would be right in {unit}: write the unit behind the "
                                           "number.", tuple(proof))
            if not there:
                return not_as_asked(seen, "maxmemory", "There is no limit: maxmemory is 0.", proof)
            return Found("config-differs", told, tuple(proof))
        if policy != "noeviction":
            return Found("evicts-orders", "When memory is full, Redis would throw away keys to make room "
                                          f"({policy}).", tuple(proof))
        return None


@dataclass(frozen=True)
class KeepsWhatItConfirmed(ConfigWish):
    """What was confirmed is there after kill -9, and a power cut costs a second at most."""

    of = "redis"

    @property
    def title(self) -> str:
        return "what it has confirmed survives kill -9, and a power cut costs no more than a second"

    def look(self, seen: Seen) -> Found | None:
        proof = [*seen.written("appendonly", "appendfsync", "save"),
                 f"CONFIG GET: appendonly {seen.value('appendonly')}, appendfsync {seen.value('appendfsync')}"]
        if not seen.fact("survived"):
            return Found("not-persistent", "The bench added an entry, which Redis confirmed, killed it with kill -9 and "
                         "started it again: the entry was gone.", tuple(proof))
        if seen.value("appendfsync") == "no":
            return Found("fsync-left-to-chance", "appendfsync is no: the operating system writes to disk when it likes, "
                         "about every half minute.", tuple(proof))
        return None


@dataclass(frozen=True)
class Password(ConfigWish):
    """Nobody gets in without the password."""

    password: str
    of = "redis"

    @property
    def title(self) -> str:
        return f"nobody gets in without the password {self.password}"

    def look(self, seen: Seen) -> Found | None:
        if seen.fact("open"):
            return Found("open-to-all", "Redis answered a client that gave no password.",
                         (*seen.written("requirepass", "user"), "PING without a password: PONG"))
        if not seen.fact("password"):
            return Found("login-refused", f"Redis refused the password {self.password}.",
                         (*seen.written("requirepass", "user"), f"AUTH {self.password}: {seen.fact('said')}"))
        return None


class RedisOnFile:
    """Starts it and probes it. `close` stops it; what it wrote stays in `folder`."""

    def __init__(self, folder: Path, asked: int, password: str):
        self._private, self._asked, self._password = Private(folder), asked, password

    def examine(self, text: str) -> Seen:
        """Raises BrokerError, OSError."""
        binary = str(install.debian().redis_server)
        guarded = guard.guard(text, guard.split_redis, guard.REDIS, self._known(binary))
        seen = Seen("Redis", guarded)
        port = guarded.last("port")
        wanted = int(port.value) if port and port.value.isdigit() else DEFAULT_PORT
        bind = guarded.last("bind")
        hosts = bind.value.split() if bind else ["*"]  # without bind: every interface, held only by protected mode
        seen.addresses = [(host.lstrip("-"), wanted) for host in hosts if not host.startswith("-::1")]

        def start(port: int) -> None:
            self._port = port
            self._write(guarded.text)
            self._start(binary)

        said, note = started(start, self._private.clear, self._asked, wanted)
        seen.notes += [note] if note else []
        if said:
            seen.refusal = _why(said)
            return seen
        self._probe(seen)
        self._survive(seen, binary)
        return seen

    def close(self) -> None:
        self._private.stop()

    def _known(self, binary: str) -> Callable[[str], bool]:
        """By a Redis without a file: every name that CONFIG GET tells."""
        import redis

        from helpers.brokers.redis import Private as Plain

        with Plain(self._private.folder / "plain") as plain, redis.Redis.from_url(plain.url, decode_responses=True) as client:
            names = set(client.config_get("*"))
        return lambda key: key in names or key in guard.REDIS_DIRECTIVES

    def _write(self, text: str) -> None:
        folder = self._private.folder
        (folder / "data").mkdir(exist_ok=True)
        overlay = {"bind": HOST, "port": self._port, "dir": f'"{folder / "data"}"', "logfile": '""', "daemonize": "no"}
        lines = "".join(f"{name} {value}\n" for name, value in overlay.items())
        (folder / "redis.conf").write_text(f"{text}# --- the bench's own\n{lines}")

    def _start(self, binary: str) -> None:
        def answers() -> bool:
            try:
                probes.resp(self._port, 1.0, "PING")
            except probes.NoAnswer as said:
                return "NOAUTH" in str(said)
            return True

        self._private.start([binary, str(self._private.folder / "redis.conf")], clean_env(self._private.folder))
        self._private.wait(self._port, answers, lambda: self._private.output.read_text(errors="replace"), "Redis")

    def _client(self, seen: Seen) -> Any:
        """With the password where it opens the door, else without; None where neither does."""
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        for key, password in (("password", self._password), ("open", None)):
            client = redis.Redis(HOST, self._port, password=password, decode_responses=True, socket_timeout=10,
                                 retry=Retry(NoBackoff(), 0))
            try:
                client.ping()
                return client
            except (redis.AuthenticationError, redis.ResponseError) as said:
                if key == "password":
                    seen.facts["said"] = str(said)
                client.close()
        return None

    def _probe(self, seen: Seen) -> None:
        import redis

        seen.facts["open"], seen.facts["password"] = False, False
        with contextlib.suppress(probes.NoAnswer):
            seen.facts["open"] = probes.resp(self._port, 2.0, "PING") == "PONG"
        client = self._client(seen)
        if client is None:
            return
        seen.facts["password"] = "said" not in seen.facts
        with contextlib.suppress(redis.RedisError):
            names = ("maxmemory", "maxmemory-policy", "appendonly", "appendfsync", "save")
            seen.values = {name: str(client.config_get(name).get(name, "")) for name in names}
        client.close()

    def _survive(self, seen: Seen, binary: str) -> None:
        """An entry, kill -9, a look."""
        import redis

        client = self._client(seen)
        if client is None:
            return
        try:
            client.xadd("orders", {"order": "ord-confirmed"})
            with contextlib.suppress(redis.RedisError):  # there is none without an append-only file
                client.execute_command("WAITAOF", 1, 0, 3000)  # on a busy disk Redis may put off a write for two seconds
        except redis.RedisError as said:
            seen.facts["refused"] = str(said)
            return
        finally:
            client.close()
        self._private.kill()
        self._start(binary)
        again = self._client(seen)
        seen.facts["survived"] = again is not None and again.xlen("orders") == 1
        if again is not None:
            again.close()


def _why(output: str) -> str:
    """The lines of a refusal that tell something. Raises BrokerError where it was not about the file."""
    lines = [re.sub(r"^\d+:\w .{20,24}? [#*] ", "", line).strip() for line in output.splitlines()]
    fatal = next((at for at, line in enumerate(lines) if "FATAL CONFIG FILE ERROR" in line), None)
    if fatal is not None:
        return "\n".join(line for line in lines[fatal + 1:] if line)
    unresolved = next((at for at, line in enumerate(lines) if "Unresolved Configuration" in line), None)
    if unresolved is None:
        raise BrokerError("Redis ended while it started: " + " ".join(lines[-3:]))
    return "\n".join(lines[unresolved:unresolved + 2])
