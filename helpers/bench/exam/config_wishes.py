"""What can be wished of a broker that runs on a learner's configuration file: where it listens, and that it starts at all.

Each broker's own wishes stand in config_rabbitmq.py, config_kafka.py and config_redis.py. All of them look at a `Seen`, which
holds what the file says, what the broker said, and what probes of the running broker found.
"""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from helpers.bench.exam.guard import Guarded, Line
from helpers.bench.exam.wish import Found, NotSeen, Wish, listed

LOOPBACK = ("127.0.0.1", "::1", "localhost", "[::1]")
EVERYWHERE = ("*", "::", "[::]", "0.0.0.0", "")
_DOES_NOT_KNOW = re.compile(r"unknown variable|Bad directive|Unresolved Configuration", re.I)


@dataclass
class Seen:
    """What was seen of one broker.

    file:      the file, looked through; `title`: the broker.
    addresses: (host, port) where it would listen by the file; a default of the broker's where the file says nothing.
    refusal:   what the broker said when it ended at its start; empty where it started.
    values:    settings in effect, by name, as the broker tells them; log: lines of its log that tell of settings.
    facts:     what probes found, by name; a probe that could not be made is not in it.
    notes:     for the learner.
    """

    title: str
    file: Guarded
    addresses: list[tuple[str, int]] = field(default_factory=list)
    refusal: str = ""
    values: dict[str, str] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    facts: dict[str, object] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def fact(self, name: str) -> object:
        """Raises NotSeen."""
        if name not in self.facts:
            raise NotSeen
        return self.facts[name]

    def value(self, name: str) -> str:
        """Raises NotSeen."""
        if name not in self.values:
            raise NotSeen
        return self.values[name]

    def says(self, *patterns: str) -> tuple[str, ...]:
        """The newest line of the broker's log for each pattern."""
        found = [[line for line in self.log if re.search(pattern, line)] for pattern in patterns]
        return tuple(f"{self.title}: {lines[-1]}" for lines in found if lines)

    def written(self, *patterns: str) -> tuple[str, ...]:
        """The lines of the file with such keys; or that there is none."""
        lines = [line for pattern in patterns for line in self.file.like(pattern)]
        return tuple(map(str, lines))


class ConfigWish(Wish):
    """A wish about a broker that has started: before that nothing can be said."""

    def examine(self, seen: Seen) -> Found | None:
        if seen.refusal:
            raise NotSeen
        return self.look(seen)

    def look(self, seen: Seen) -> Found | None:
        raise NotImplementedError


@dataclass(frozen=True)
class Starts(Wish):
    """The broker starts from the file."""

    role: str

    @property
    def of(self) -> str:
        return self.role

    @property
    def title(self) -> str:
        return "the broker starts from the file"

    def examine(self, seen: Seen) -> Found | None:
        if not seen.refusal:
            return None
        proof = tuple(f"{seen.title}: {line}" for line in seen.refusal.splitlines()[:4])
        if _DOES_NOT_KNOW.search(seen.refusal):
            about = next((line for line in seen.file.lines if line.key in seen.refusal), None)
            return Found("misspelt-key", f"{seen.title} does not start: it does not know a setting of your file"
                         + (f" ({about.key}, in line {about.number})." if about else "."), proof)
        return Found("unreadable-value", f"{seen.title} does not start: it cannot read a line of your file.", proof)


@dataclass(frozen=True)
class Listens(ConfigWish):
    """It listens on loopback, on this port, and nowhere else."""

    role: str
    port: int
    keys: tuple[str, ...]
    """Regular expressions of the settings that say so."""

    @property
    def of(self) -> str:
        return self.role

    @property
    def title(self) -> str:
        return f"it listens on 127.0.0.1:{self.port}, and nowhere else"

    def look(self, seen: Seen) -> Found | None:
        said = seen.written(*self.keys)
        proof = said or (f"your file: no line with {listed(k.replace(chr(92), '') for k in self.keys[:2])}",)
        where = listed(_address(host, port) for host, port in seen.addresses)
        if self.port not in [port for _, port in seen.addresses]:
            return Found("wrong-port", f"By your file {seen.title} would listen on {where}; asked was "
                                       f"127.0.0.1:{self.port}.", proof)
        if open_to := [_address(host, port) for host, port in seen.addresses if host not in LOOPBACK]:
            return Found("listens-everywhere", f"By your file {seen.title} would listen on {listed(open_to)}, where other "
                         "machines can reach it. The bench has kept it on 127.0.0.1.", proof)
        if len(seen.addresses) > 1:
            return Found("wrong-port", f"By your file {seen.title} would listen on {where}; asked was 127.0.0.1:{self.port} "
                                       "alone.", proof)
        return None


def _address(host: str, port: int) -> str:
    return f"port {port} of every interface" if host in EVERYWHERE else f"{host}:{port}"


def not_as_asked(seen: Seen, key: str, told: str, proof: Iterable[str]) -> Found:
    """Why a setting is not as asked: misspelt where the file holds a key that the broker ignores and that looks like it."""
    near = [line for line in seen.file.lines if line.key in seen.facts.get("unknown", ())
            and difflib.SequenceMatcher(None, line.key, key).ratio() > 0.75]
    if near:
        return Found("misspelt-key", f"{told} {seen.title} has no setting named {near[0].key}, and passes over it.",
                     (*map(str, near), *proof))
    return Found("config-differs", told, tuple(proof))


def size(text: str) -> int | None:
    """Bytes of "256mb", "256MB", "256MiB", "1gb", "268435456"; None where it is none of these."""
    found = re.fullmatch(r"(\d+)\s*([kmgt]?)(i?)b?", text.strip(), re.I)
    if not found:
        return None
    step = 1024 if found[3] else 1000
    return int(found[1]) * step ** " kmgt".index(found[2].lower() or " ")


def unit_of(value: int, asked: int, steps: Iterable[tuple[float, str]]) -> str | None:
    """The unit in which a value would be right: `steps` are factors from it to the one that counts."""
    return next((unit for factor, unit in steps if 0.93 * asked <= value * factor <= 1.08 * asked), None)


BYTES = ((1e3, "kilobytes"), (1e6, "megabytes"), (1e9, "gigabytes"), (1024.0**2, "megabytes"), (1024.0**3, "gigabytes"))


def amount(value: int) -> str:
    """"256 MB", "256 bytes"."""
    for step, unit in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if value >= step:
            return f"{value / step:.3g} {unit}"
    return f"{value} bytes"


def line_of(line: Line | None) -> tuple[str, ...]:
    return () if line is None else (str(line),)
