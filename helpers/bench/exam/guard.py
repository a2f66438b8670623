"""What of a learner's configuration file reaches the broker: settings that are theirs, never an address, a file or a plug-in.

The bench starts brokers from files that others have written. A setting on the list of a broker is passed on. One that the
broker knows, and that is not on the list, is held back: ports, folders, logs and plug-ins are the bench's. What the broker does
not know is passed on where it refuses such a thing at its start, so that it names it in its own words.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Line:
    """A setting as it stands in the file. `number`: its line, from 1."""

    number: int
    key: str
    value: str
    text: str

    def __str__(self) -> str:
        return f"line {self.number}: {self.text.strip()}"


@dataclass
class Guarded:
    """A file, looked through.

    text:  what the broker is given, with the same line numbers.
    lines: every setting of the learner's, held back or not; held: the lines that were held back.
    """

    text: str
    lines: list[Line] = field(default_factory=list)
    held: list[Line] = field(default_factory=list)

    def last(self, *keys: str) -> Line | None:
        """The line that counts for a setting: the last one."""
        return next((line for line in reversed(self.lines) if line.key in keys), None)

    def like(self, pattern: str) -> list[Line]:
        return [line for line in self.lines if re.fullmatch(pattern, line.key)]


def guard(text: str, split: Callable[[str], tuple[str, str] | None], allowed: Iterable[str],
          known: Callable[[str], bool]) -> Guarded:
    """`split`: a line into key and value, None where it is no setting, ValueError where it must not be passed on as it is;
    `allowed`: regular expressions; `known`: whether the broker knows a key that is not among them."""
    patterns = [re.compile(pattern) for pattern in allowed]
    out, found = [], Guarded("")
    for number, raw in enumerate(text.split("\n"), 1):
        plain = re.sub(r"[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029]", " ", raw)
        if not plain.strip() or plain.lstrip().startswith("#"):
            out.append("")
            continue
        try:
            parts = split(plain.strip())
        except ValueError:
            found.held.append(Line(number, "", "", plain))
            out.append("# held back by the bench")
            continue
        if parts is None:
            out.append(plain.strip())
            continue
        line = Line(number, parts[0], parts[1], plain)
        found.lines.append(line)
        if not any(pattern.fullmatch(line.key) for pattern in patterns) and known(line.key):
            found.held.append(line)
            out.append("# held back by the bench")
        else:
            out.append(plain.strip())
    found.text = "\n".join(out) + "\n"
    return found


# ---------------------------------------------------------------- rabbitmq.conf

RABBITMQ = (
    r"vm_memory_high_watermark(\..+)?", r"vm_memory_calculation_strategy", r"total_memory_available_override_value",
    r"disk_free_limit\..+", r"heartbeat", r"default_(user|pass|vhost|queue_type)", r"default_(user_tags|permissions)\..+",
    r"loopback_users(\..+)?", r"anonymous_login_(user|pass)", r"channel_max", r"frame_max", r"consumer_timeout",
    r"max_message_size", r"handshake_timeout", r"collect_statistics(_interval)?", r"tcp_listen_options\.[a-z_.]+",
    r"num_acceptors\.tcp",
)


def split_rabbitmq(line: str) -> tuple[str, str] | None:
    """`key = value`. A line of another kind holds no "=" and no include, and RabbitMQ refuses it."""
    found = re.fullmatch(r"([A-Za-z0-9_.$-]+)\s*=\s*(.*)", line)
    if found:
        return found[1], _unquoted(re.sub(r"\s+#.*$", "", found[2]))
    if "=" in line or "include" in line.lower():
        raise ValueError(line)
    return None


def rabbitmq_knows(schemas: Iterable[str]) -> Callable[[str], bool]:
    """From the schema files that come with RabbitMQ: `{mapping, "listeners.tcp.$name", …`; `$name` is any word."""
    patterns = [re.compile(r"\.".join("[^.]+" if word.startswith("$") else re.escape(word) for word in key.split(".")))
                for schema in schemas for key in re.findall(r'\{mapping,\s*"([^"]+)"', schema)]
    return lambda key: any(pattern.fullmatch(key) for pattern in patterns)


# ---------------------------------------------------------------- server.properties

KAFKA = (
    r"log\.retention\.(hours|minutes|ms|bytes|check\.interval\.ms)", r"log\.segment\.bytes", r"log\.roll\.(hours|ms)",
    r"num\.partitions", r"default\.replication\.factor", r"min\.insync\.replicas", r"auto\.create\.topics\.enable",
    r"delete\.topic\.enable", r"offsets\.topic\.(replication\.factor|num\.partitions)", r"offsets\.retention\.minutes",
    r"message\.max\.bytes", r"transaction\.state\.log\.(replication\.factor|min\.isr|num\.partitions)",
    r"log\.cleanup\.policy", r"compression\.type",
    r"share\.coordinator\.state\.topic\.(replication\.factor|min\.isr|num\.partitions)", r"num\.(network|io)\.threads",
    r"group\.(initial\.rebalance\.delay|min\.session\.timeout|max\.session\.timeout)\.ms", r"log\.cleaner\.enable",
)


def split_kafka(line: str) -> tuple[str, str] | None:
    """`key=value`, `key: value` or `key value` (java.util.Properties); escapes and continued lines are not passed on."""
    found = re.fullmatch(r"([A-Za-z0-9_.-]+)\s*[=:\s]\s*(.*)", line)
    if not found or "\\" in line or "${" in line:
        raise ValueError(line)
    return found[1], found[2].strip()


# ---------------------------------------------------------------- redis.conf

REDIS = (
    r"maxmemory", r"maxmemory-(policy|samples|eviction-tenacity)", r"appendonly", r"appendfsync",
    r"no-appendfsync-on-rewrite", r"auto-aof-rewrite-(percentage|min-size)",
    r"aof-(use-rdb-preamble|load-truncated|timestamp-enabled)", r"save", r"requirepass", r"user", r"timeout",
    r"tcp-keepalive", r"databases", r"maxclients", r"protected-mode", r"lazyfree-.+", r"hz",
    r"stream-node-max-(bytes|entries)", r"notify-keyspace-events", r"acllog-max-len", r"slowlog-.+",
    r"rdb(compression|checksum)", r"stop-writes-on-bgsave-error",
)
REDIS_DIRECTIVES = {"include", "loadmodule", "user", "rename-command", "sentinel", "slaveof", "replicaof",
                    "client-output-buffer-limit"}
"""What may stand in the file, and is not told by CONFIG GET."""


def split_redis(line: str) -> tuple[str, str] | None:
    """`directive value …`; a directive in quotes or with escapes is not passed on."""
    found = re.fullmatch(r"([A-Za-z0-9_-]+)(?:\s+(.*))?", line)
    if not found:
        raise ValueError(line)
    return found[1].lower(), _unquoted((found[2] or "").strip())


def _unquoted(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value
