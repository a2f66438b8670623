"""The stage on Kafka: a topic and a consumer group of the run's own."""

import json
import random
import re
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from helpers.bench.kafka_link import Link, meta_of, partition_of
from helpers.bench.lab import Lab
from helpers.bench.stage import Arrived, Census, body_of
from helpers.brokers.owners import owner_lives, owner_tag
from helpers.bench.topology import Topology, quietly
from helpers.bench.topology import kafka as topology
from helpers.brokers.base import HOST, Server
from helpers.wire.kafka import Kafka
from helpers.wire import tokens
from helpers.wire.kafka_book import Book

_OURS = re.compile(r"(?:orders|dead|invoices)-[a-z0-9]{4}-(\d+-\d+).*")
_CENSUS_PATIENCE = 0.5
_LEADER_PATIENCE = 10.0


class KafkaStage:
    """See helpers.bench.stage.Stage. Orders are keyed by customer: those of one customer stand in one partition, in order."""

    url_variable = "KAFKA_BOOTSTRAP"
    charged_is_done = True
    malformed: Collection[str] = ()

    def __init__(self, lab: Lab, server: Server, rng: random.Random):
        self.server = server
        self._partitions = lab.partitions
        self._config = lab.topic_config
        self._consumes = "consumer" in lab.roles
        suffix = "".join(rng.choices("23456789abcdefghjkmnpqrstvwxyz", k=8))
        tag = owner_tag()
        self._topic, self._group = f"orders-{suffix[:4]}-{tag}", f"shop-{suffix[4:]}-{tag}"  # a seed may be used again
        self.dead = f"dead-{suffix[:4]}-{tag}" if lab.dead_letters else ""
        self.output = f"invoices-{suffix[:4]}-{tag}" if lab.output else ""
        self._aborted = [{"id": order, "n": lab.orders + n, "customer": rng.choice(["ada", "ben", "cleo"]), "amount": 10.0 * n}
                         for n, order in enumerate(tokens.draw(rng, lab.aborted), 1)]
        self._book = Book()

    def decoder(self) -> Kafka:
        return Kafka(self._book)

    def _link(self) -> Link:
        return Link(self.server.host, self.server.port)

    def open(self) -> None:
        wanted = {self._topic: self._partitions, **({self.dead: 1} if self.dead else {}),
                  **({self.output: self._partitions} if self.output else {})}
        with self._link() as link:
            for topic, partitions in wanted.items():
                link.create_topic(topic, partitions, self._config if topic == self._topic else None)
            end = time.monotonic() + _LEADER_PATIENCE
            while not (link.topics(list(wanted)) == wanted and all(link.leads(t, n) for t, n in wanted.items())) \
                    and time.monotonic() < end:
                time.sleep(0.005)
            self._book.topics |= link.topic_ids(list(wanted))

    def upstream(self) -> tuple[str, int]:
        return self.server.host, self.server.port

    def environment(self, tap_port: int) -> dict[str, str]:
        names = {"KAFKA_BOOTSTRAP": f"{HOST}:{tap_port}", "TOPIC": self._topic, "GROUP": self._group,
                 "TRANSACTIONAL_ID": f"{self._topic}-tx"}
        return {**names, **({"DEAD_LETTERS": self.dead} if self.dead else {}),
                **({"OUTPUT_TOPIC": self.output} if self.output else {})}

    def fill(self, tap_port: int, orders: Sequence[Mapping[str, Any]], accepted: Callable[[str], None]) -> None:
        if self._aborted:  # not through the tap: they are no orders, and count nowhere
            with self._link() as link:
                records = [(None, json.dumps(order).encode()) for order in self._aborted]
                for partition in range(self._partitions):
                    link.send_aborted(self._topic, partition, records[partition::self._partitions], f"{self._topic}-checkout")
        with Link(HOST, tap_port) as link:
            for order in orders:
                key = str(order["customer"]).encode()
                link.send(self._topic, partition_of(key, self._partitions), key, body_of(order, self.malformed),
                          [("content_type", b"application/json"), ("type", b"order.placed")])
                accepted(order["id"])

    def census(self, expected: Callable[[], int]) -> Census:
        """In the topic counts what its group has not committed (where nothing consumes: everything). In retry topics and the like
        counts what no group of the program's has committed; DEAD_LETTERS and OUTPUT_TOPIC count whole."""
        found = Census(main=self._topic, topology=quietly(self.topology))
        with self._link() as link:
            end = time.monotonic() + _CENSUS_PATIENCE
            while True:
                here = self._left(link)
                if not self._consumes and len(here) != expected() and time.monotonic() < end:
                    time.sleep(0.01)  # what a producer sent last may still be on its way
                    continue
                break
            self._note(found, self._topic, here)
            for topic, partitions in sorted(link.topics(sorted(self._others())).items()):
                whole = topic in (self.dead, self.output)
                self._note(found, topic, _all(link, topic, partitions, None if whole else self._done(link, topic, partitions)))
        return found

    def topology(self) -> Topology:
        mine = {self._topic, *self._others()}
        groups = {self._group} if self._consumes else set()
        groups |= {group for members in self._book.members.values() for group, _ in members}
        return topology.read(self.server.host, self.server.port, mine.__contains__, groups)

    def _done(self, link: Link, topic: str, partitions: int) -> dict[int, int]:
        """Partition -> how far some group has come in a topic of the program's own."""
        done: dict[int, int] = {}
        for group in sorted(self._book.groups(topic)):  # the groups themselves may have ended
            for partition, offset in link.committed(group, topic, partitions).items():
                done[partition] = max(offset, done.get(partition, 0))
        return done

    def _others(self) -> set[str]:
        return (self._book.written | ({self.dead} if self.dead else set())
                | ({self.output} if self.output else set())) - {self._topic}

    @staticmethod
    def _note(found: Census, topic: str, arrived: list[Arrived]) -> None:
        found.places[topic] = [each.order for each in arrived]
        found.messages[topic] = arrived

    def _left(self, link: Link) -> list[Arrived]:
        if not self._consumes:
            return _all(link, self._topic, self._partitions)
        partitions = link.topics([self._topic]).get(self._topic, 0)
        return _all(link, self._topic, partitions, link.committed(self._group, self._topic, partitions)) if partitions else []

    def redrive(self, tap_port: int) -> int:
        with self._link() as link, Link(HOST, tap_port) as through:
            letters = _all(link, self.dead, 1)
            for letter in letters:
                key = (letter.meta.get("key") or "").encode()
                through.send(self._topic, partition_of(key, self._partitions), key, letter.body,
                             list(letter.meta["headers"].items()))
        return len(letters)

    def before_kill(self) -> None:
        """Nothing to do: what was handed to the operating system outlives the process."""

    def evict(self, actor: str) -> None:
        members, new = self._book.members.pop(actor, set()), self._book.new_members.pop(actor, set())
        with self._link() as link:
            for group in {group for group, _ in members}:
                link.evict(group, [member for g, member in members if g == group])
            for group, member in new:
                link.evict_new(group, member)

    def close(self) -> None:
        """Topics of the program's own go with it where their names begin with TOPIC."""
        for actor in {*self._book.members, *self._book.new_members}:
            self.evict(actor)  # a group with members cannot be deleted
        with self._link() as link:
            ours = {self.dead, self.output}
            link.delete_topics([self._topic, *(t for t in self._others() if t.startswith(self._topic) or t in ours)])
            link.delete_groups([self._group])


def _all(link: Link, topic: str, partitions: int, starts: Mapping[int, int] | None = None) -> list[Arrived]:
    """What stands in a topic, or what stands there from certain offsets on."""
    ends = link.ends(topic, partitions)
    return [Arrived(record.order, value, meta_of(record, partition))
            for partition, end in sorted(ends.items())
            for record, value in link.read(topic, partition, (starts or {}).get(partition, 0), end) if record.order]


def remove_leftovers(server: Server) -> list[str]:
    """Delete the topics of runs whose process is gone (it was killed before it could); their names."""
    with Link(server.host, server.port) as link:
        gone = [name for name in link.topics() if (m := _OURS.fullmatch(name)) and not owner_lives(m[1])]
        if gone:
            link.delete_topics(gone)
    return gone
