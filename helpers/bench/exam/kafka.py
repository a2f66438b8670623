"""The examination on Kafka: topics with names of the run's own, events in a file for each start, and all of it read back."""

import json
import random
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from kafka.errors import KafkaError

from helpers import brokers
from helpers.bench.exam.kafka_wishes import Record, Seen, Topic
from helpers.bench.lab import Lab
from helpers.brokers.owners import owner_lives, owner_tag
from helpers.bench.topology import Topology
from helpers.bench.topology import kafka as topology
from helpers.brokers import BrokerError
from helpers.wire import tokens

_OURS = re.compile(r"exam\.(\d+-\d+)\.[a-z0-9]+\.[a-z-]+")
CUSTOMERS, EVENTS = 12, 60
"""So many customers, so many events in each of the two files."""
STEPS = ("created", "paid", "packed", "shipped")
_REST = 2.0
_READ = 15.0
"""Seconds within which what stands in the topic must have been read."""


class KafkaPlace:
    """See helpers.bench.exam.topology.Place."""

    ready = None

    def __init__(self, lab: Lab, rng: random.Random, folder: Path):
        self._lab, self._rng, self._folder = lab, rng, folder
        suffix = "".join(rng.choices("23456789abcdefghjkmnpqrstvwxyz", k=4))
        self.seen = Seen({variable: f"exam.{owner_tag()}.{suffix}.{variable.lower()}" for variable in lab.given})
        self._files = self._draw()
        self._path = folder / "day.jsonl"
        self._admin: KafkaAdminClient | None = None

    def open(self, note: Callable[[str], None]) -> dict[str, str]:
        self.server = brokers.server("kafka")
        if not self.server.running():
            note(f"starting {self.server.title}")
        self.server.up(note)
        self._admin = KafkaAdminClient(bootstrap_servers=self.server.url(), bootstrap_timeout_ms=10_000)
        gone = [name for name in self._admin.list_topics() if (m := _OURS.fullmatch(name)) and not owner_lives(m[1])]
        if gone:
            self._delete(gone)
        self._path.write_text(self._files[0])
        return {"name": "kafka", "title": self.server.broker.title, "provider": self.server.provider,
                "version": self.server.version()}

    def upstream(self) -> None:
        return None

    def environment(self, port: int | None) -> dict[str, str]:
        return {"KAFKA_BOOTSTRAP": self.server.url(), **self.seen.names, "EVENTS": str(self._path)}

    def probe(self, number: int) -> None:
        if number == 1:
            self.seen.first = self._topics()
            self._path.write_text(self._files[1])

    def topology(self) -> Topology:
        return topology.read(self.server.host, self.server.port, set(self.seen.names.values()).__contains__)

    def count(self) -> None:
        seen = self.seen
        seen.last = self._topics()
        if seen.last["ORDERS"] is not None:
            seen.records = self._read(seen.names["ORDERS"])
        seen.nothing = not any(seen.last.values())

    def close(self) -> None:
        if self._admin is None:
            return
        try:
            mine = set(self.seen.names.values())
            if there := [name for name in self._admin.list_topics() if name in mine]:
                self._delete(there)
        except KafkaError as fault:
            raise BrokerError(f"Kafka did not delete the topics of this run: {fault}") from fault
        finally:
            self._admin.close()

    # --- looking

    def _topics(self) -> dict[str, Topic | None]:
        """Each topic of the lab as the broker tells it, a moment after it has come to rest: what the controller has confirmed
        reaches the broker's own picture a little later. Raises BrokerError."""
        end, last = time.monotonic() + _REST, None
        while (now := self._topics_now()) != last or (None in now.values() and time.monotonic() < end):
            if time.monotonic() > end:
                break
            last = now
            time.sleep(0.15)
        return now

    def _topics_now(self) -> dict[str, Topic | None]:
        try:
            there = set(self._admin.list_topics())
            wanted = {variable: name for variable, name in self.seen.names.items() if name in there}
            if not wanted:
                return dict.fromkeys(self.seen.names)
            told = {topic["name"]: topic for topic in self._admin.describe_topics(list(wanted.values()))}
            asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in wanted.values()]
            configs = self._admin.describe_configs(asked, config_filter="all")["topic"]
        except KafkaError as fault:
            raise BrokerError(f"Kafka did not tell of its topics: {fault}") from fault
        return {variable: _topic(told[name], configs[name]) if (name := wanted.get(variable)) else None
                for variable in self.seen.names}

    def _read(self, topic: str) -> list[Record]:
        """Every record of a topic. Raises BrokerError where it cannot be read in time."""
        consumer = KafkaConsumer(bootstrap_servers=self.server.url(), group_id=None, enable_auto_commit=False,
                                 auto_offset_reset="earliest", bootstrap_timeout_ms=10_000)
        try:
            partitions = [TopicPartition(topic, p) for p in consumer.partitions_for_topic(topic) or ()]
            consumer.assign(partitions)
            ends = consumer.end_offsets(partitions, timeout_ms=10_000)
            consumer.seek_to_beginning()
            found: list[Record] = []
            until = time.monotonic() + _READ
            while any(consumer.position(p, timeout_ms=10_000) < ends[p] for p in partitions):
                if time.monotonic() > until:
                    raise BrokerError(f"ORDERS could not be read to its end within {_READ:g} s")
                for records in consumer.poll(timeout_ms=1000).values():
                    found += [Record(r.partition, r.offset, r.key, tokens.find(r.value, r.key)) for r in records]
            return sorted(found, key=lambda record: (record.partition, record.offset))
        except KafkaError as fault:
            raise BrokerError(f"ORDERS could not be read: {fault}") from fault
        finally:
            consumer.close()

    def _delete(self, names: list[str]) -> None:
        try:
            self._admin.delete_topics(names, timeout_ms=10_000)
        except KafkaError as fault:
            if "UnknownTopicOrPartition" not in type(fault).__name__:
                raise

    def _draw(self) -> list[str]:
        """Two files, JSON lines; each customer's events go through the steps of an order in turn."""
        customers = [f"customer-{''.join(self._rng.choices('23456789abcdefghjkmnpqrstvwxyz', k=5))}" for _ in range(CUSTOMERS)]
        done = dict.fromkeys(customers, 0)
        files = []
        for begin in (0, EVENTS):
            lines = []
            for at, event in enumerate(tokens.draw(self._rng, EVENTS), begin):
                customer = customers[at % CUSTOMERS] if at % EVENTS < CUSTOMERS else self._rng.choice(customers)
                step = done[customer]
                done[customer] += 1
                self.seen.events[event] = (customer, at)
                lines.append(json.dumps({"id": event, "customer": customer, "order": f"{customer}/{step // len(STEPS) + 1}",
                                         "event": STEPS[step % len(STEPS)]}))
            files.append("\n".join(lines) + "\n")
        return files


def _topic(told: dict[str, Any], config: dict[str, Any]) -> Topic:
    own = frozenset(name for name, value in config.items() if value["config_source"] == "DYNAMIC_TOPIC_CONFIG")
    values = {name: str(value["value"]) for name, value in config.items()}
    return Topic(str(told["topic_id"]), len(told["partitions"]), values, own)
