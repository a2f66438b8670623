"""What can be wished of topics on Kafka, and of the keys with which a program sends.

Topics are named by the variable in which the program is given their name. Sources: Apache Kafka documentation, "Topic Configs";
KIP-480 (partitioning); the default partitioner of the Java client (murmur2), which kafka-python shares; librdkafka's is CRC32.
"""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from helpers.bench.exam.wish import Found, NotSeen, Wish, last_words, listed, several

UNITS = {1_000: "seconds", 60_000: "minutes", 3_600_000: "hours", 86_400_000: "days"}


@dataclass
class Topic:
    """A topic as the broker tells it. `id`: changes when it is deleted and made anew; `set_by_hand`: names of settings that are
    the topic's own; `config`: every setting's value, as text."""

    id: str
    partitions: int
    config: dict[str, str]
    set_by_hand: frozenset[str] = frozenset()

    def tells(self, name: str) -> str:
        source = "DYNAMIC_TOPIC_CONFIG" if name in self.set_by_hand else "the broker's default"
        return f"{name}={self.config.get(name)} ({source})"


@dataclass(frozen=True)
class Record:
    """One record of ORDERS."""

    partition: int
    offset: int
    key: bytes | None
    event: str | None
    """The id of the event in it; None where it holds none."""


@dataclass
class Seen:
    """What stood in Kafka after each start.

    names:    variable -> name in this run.
    first, last: topic (variable) -> how it was after the first and after the second start; None where there was none.
    records:  of ORDERS, in the order of the log, partition by partition.
    events:   id -> (customer, position in the files).
    """

    names: dict[str, str]
    first: dict[str, Topic | None] = field(default_factory=dict)
    last: dict[str, Topic | None] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)
    events: dict[str, tuple[str, int]] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)
    starts: list[Any] = field(default_factory=list)
    nothing: bool = False

    def plain(self, text: str) -> str:
        for variable, name in self.names.items():
            text = text.replace(name, variable)
        return text

    def of_customers(self) -> dict[str, list[Record]]:
        """Customer -> the records of their events."""
        found: dict[str, list[Record]] = {}
        for record in self.records:
            if record.event in self.events:
                found.setdefault(self.events[record.event][0], []).append(record)
        return found


@dataclass(frozen=True)
class EndsTwice(Wish):
    """The program ends with 0, and can be started again."""

    about_starts = True

    @property
    def title(self) -> str:
        return "your program ends by itself, and can be started a second time"

    def examine(self, seen: Seen) -> Found | None:
        last = seen.starts[-1]
        if last.number == 1 or not last.failed or last.program.over_limit:
            return None
        return Found("set-up-not-repeatable", f"The second start ended with exit status {last.status}; what the first one had "
                     "made stood there already.", tuple(seen.plain(line) for line in last_words(last)))


@dataclass(frozen=True)
class TopicLike(Wish):
    """A topic with so many partitions, and these settings."""

    topic: str
    partitions: int
    config: tuple[tuple[str, str], ...] = ()
    words: str = ""

    def _words(self) -> tuple[str, ...]:
        return (self.topic,)

    @property
    def title(self) -> str:
        return f"{self.topic} has {several(self.partitions, 'partition')}" + (f", and {self.words}" if self.words else "")

    def examine(self, seen: Seen) -> Found | None:
        topic = seen.last[self.topic]
        if topic is None:
            there = f"Kafka has of yours: {listed(sorted(v for v, found in seen.last.items() if found))}"
            return Found("topic-missing", f"There is no topic with the name in {self.topic}.", (there,))
        if topic.partitions != self.partitions:
            of_itself = (" That is what Kafka makes of itself when somebody sends to a topic that is not there yet."
                         if topic.partitions == 1 and not topic.set_by_hand else "")
            return Found("partitions-differ", f"{self.topic} has {several(topic.partitions, 'partition')}; asked were "
                                              f"{self.partitions}."
                         + of_itself, (f"Kafka: {self.topic} has {several(topic.partitions, 'partition')}, "
                                       f"settings of its own: {listed(sorted(topic.set_by_hand))}",))
        for name, asked in self.config:
            there = topic.config.get(name, "")
            if _same(there, asked):
                continue
            proof = (f"Kafka: {self.topic} has {topic.tells(name)}",)
            told = f"{self.topic} has {name} {there}; asked was {asked}"
            if unit := _unit(there, asked):
                return Found("wrong-unit", f"{told}. {there} would be right in {unit}, but Kafka counts milliseconds here: "
                             f"what is older than {_span(int(there))} may be deleted.", proof)
            if name == "cleanup.policy":
                return Found("not-compacted" if "compact" in asked else "config-differs", f"{told}.", proof)
            return Found("config-differs", f"{told}.", proof)
        return None


@dataclass(frozen=True)
class KeepsTopics(Wish):
    """A second start deletes no topic."""

    @property
    def title(self) -> str:
        return "a second start of your program deletes nothing"

    def examine(self, seen: Seen) -> Found | None:
        for topic, first in seen.first.items():
            last = seen.last[topic]
            if first is not None and (last is None or last.id != first.id):
                ids = f"Kafka: topic id {first.id} after the first start, {last.id if last else 'no topic'} after the second"
                return Found("set-up-deletes", f"{topic} was deleted{' and made anew' if last else ''} when your program was "
                             "started a second time.", (ids,))
        return None


@dataclass(frozen=True)
class EverythingArrives(Wish):
    """Each event of the files stands in the topic."""

    @property
    def title(self) -> str:
        return "every event of the files stands in ORDERS"

    def examine(self, seen: Seen) -> Found | None:
        if seen.last["ORDERS"] is None:
            raise NotSeen
        there = {record.event for record in seen.records}
        missing = [event for event in seen.events if event not in there]
        if not missing:
            return None
        proof = [f"Kafka: ORDERS holds {several(len(seen.records), 'record')}", "the files held "
                                                                                f"{several(len(seen.events), 'event')}"]
        return Found("events-missing", f"{len(missing)} of {several(len(seen.events), 'event')} are not in "
                                       "ORDERS.", tuple(proof))


@dataclass(frozen=True)
class KeyKeepsItsPartition(Wish):
    """All events of a customer stand in one partition."""

    @property
    def title(self) -> str:
        return "all events of a customer stand in one partition"

    def examine(self, seen: Seen) -> Found | None:
        if not seen.records:
            raise NotSeen
        customers = seen.of_customers()
        split = {c: records for c, records in customers.items() if len({r.partition for r in records}) > 1}
        if not split:
            return None
        customer, records = max(split.items(), key=lambda item: len({r.partition for r in item[1]}))
        parts = sorted({r.partition for r in records})
        told = (f"{len(split)} of {several(len(customers), 'customer')} stand in several partitions: {customer} in "
                f"{listed(map(str, parts))}.")
        proof = tuple(f"Kafka: partition {r.partition}, offset {r.offset}, key {_key(r.key)}" for r in _one_each(records))
        return Found(_why_split(records, seen), told, proof)


@dataclass(frozen=True)
class OrderPerKey(Wish):
    """The events of a customer stand in the order of the files."""

    @property
    def title(self) -> str:
        return "within a partition a customer's events stand in the order of the files"

    def examine(self, seen: Seen) -> Found | None:
        if not seen.records:
            raise NotSeen
        for customer, records in seen.of_customers().items():
            last: dict[int, tuple[int, Record]] = {}
            seen_before: set[str] = set()
            for record in records:
                at = seen.events[record.event][1]
                if record.event in seen_before:
                    continue  # sent again: at least once
                seen_before.add(record.event)
                before = last.get(record.partition)
                if before is not None and at < before[0]:
                    return Found("out-of-order", f"Event {at + 1} of the files stands behind event {before[0] + 1}, both of "
                                                 f"{customer}.",
                                 tuple(f"Kafka: partition {r.partition}, offset {r.offset}, event {n + 1}"
                                       for n, r in (before, (at, record))))
                last[record.partition] = (at, record)
        return None


@dataclass(frozen=True)
class KeysSpread(Wish):
    """The customers are spread over the partitions."""

    @property
    def title(self) -> str:
        return "the customers are spread over several partitions"

    def examine(self, seen: Seen) -> Found | None:
        if not seen.records:
            raise NotSeen
        used = {record.partition for record in seen.records}
        if len(used) > 1 or (seen.last["ORDERS"] and seen.last["ORDERS"].partitions == 1):
            return None
        keys = {_key(record.key) for record in seen.records}
        return Found("one-key-for-all", f"Everything stands in partition {used.pop()}: one consumer can work, the others have "
                     "nothing to do.", (f"Kafka: {several(len(seen.records), 'record')} with {several(len(keys), 'key')}: "
                                f"{listed(sorted(keys)[:3])}",))


def _same(there: str, asked: str) -> bool:
    return set(there.replace(" ", "").split(",")) == set(asked.split(","))


def _unit(there: str, asked: str) -> str | None:
    try:
        have, want = int(there), int(asked)
    except ValueError:
        return None
    return next((unit for factor, unit in UNITS.items() if have > 0 and have * factor == want), None)


def _span(ms: int) -> str:
    for factor, unit in sorted(UNITS.items(), reverse=True):
        if ms >= factor:
            return f"{ms / factor:.3g} {unit}"
    return f"{ms} ms"


def _key(key: bytes | None) -> str:
    return "none" if key is None else repr(key.decode("utf-8", "replace"))


def _one_each(records: Iterable[Record]) -> list[Record]:
    """The first record of each partition, three at most."""
    return list({r.partition: r for r in reversed(list(records))}.values())[::-1][:3]


def _why_split(records: list[Record], seen: Seen) -> str:
    keys = {r.key for r in records}
    if None in keys:
        return "no-key"
    if len(keys) > 1:
        return "wrong-key"
    now = seen.last["ORDERS"].partitions
    key, there = keys.pop(), {r.partition for r in records}
    for number in (_murmur2(key) & 0x7FFFFFFF, zlib.crc32(key)):
        if any(there <= {number % fewer, number % now} for fewer in range(1, now)):
            return "partitions-added"
    return "key-ignored"


def _murmur2(data: bytes) -> int:
    """Austin Appleby's hash with the seed of Kafka's default partitioner, as an unsigned number of 32 bits."""
    m, mask = 0x5BD1E995, 0xFFFFFFFF
    h = (0x9747B28C ^ len(data)) & mask
    for at in range(0, len(data) & ~3, 4):
        k = int.from_bytes(data[at:at + 4], "little") * m & mask
        h = (h * m & mask) ^ ((k ^ k >> 24) * m & mask)
    if rest := data[len(data) & ~3:]:
        h = (h ^ int.from_bytes(rest, "little")) * m & mask
    h = (h ^ h >> 13) * m & mask
    return h ^ h >> 15
