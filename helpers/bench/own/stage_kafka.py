"""The stage on Kafka for a declared program: its own names, taken for the run and given back."""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from helpers import paths
from helpers.bench import stage_kafka
from helpers.bench.kafka_link import Link, Refused, partition_of
from helpers.bench.lab import Lab
from helpers.bench.own import sending
from helpers.bench.own.declaration import Misfit
from helpers.brokers.base import HOST, Server
from helpers.brokers.owners import owner_lives, owner_tag

Orders = Sequence[Mapping[str, Any]]
_GONE = 0.5
"""Seconds for which a deleted topic has to be gone before it counts as deleted."""
_PATIENCE = 10.0
"""Seconds that a topic has to be gone, or to be there again."""
_STANDING = 2.0
"""Seconds after which what `enqueue` has sent stands in the topic."""


class KafkaStage(stage_kafka.KafkaStage):
    """Topics and groups belong to the whole broker: a name of the owner's is taken for the run, and given back.

    A topic that was deleted may be there again all the same: the last request of a client that is being killed makes it anew
    (auto.create.topics.enable). So a name that this process has taken before is its own.
    """

    _ours: set[tuple[int, str]] = set()

    def __init__(self, lab: Lab, server: Server, rng: random.Random):
        super().__init__(lab, server, rng)
        self._own = lab.own
        self._topic, self._group = lab.own.place or self._topic, lab.own.group or self._group
        self._taken = False

    def open(self) -> None:
        if not self._own.place:
            super().open()
            return
        again = self._name in self._ours
        self._take()
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                super().open()
                return
            except Refused:
                if not again or time.monotonic() > end:
                    raise
                with self._link() as link:
                    self._delete(link)

    def _take(self) -> None:
        """Raises Misfit where somebody else has a topic of that name, or a check is at work in it."""
        mark = self._mark
        mark.parent.mkdir(parents=True, exist_ok=True)
        with self._link() as link:
            there = self._topic in link.topics([self._topic])
            owner = mark.read_text() if mark.exists() else owner_tag() if self._name in self._ours else ""
            if there and not owner:
                raise Misfit(f"The broker of this clone has a topic {self._topic!r} already, which the bench would have to "
                             "delete. Delete it, or let each run have a topic of its own: leave the name out and write {topic}.")
            if owner and owner != owner_tag() and owner_lives(owner):
                raise Misfit(f"Another check is at work in the topic {self._topic!r}: wait for it.")
            if there:
                self._delete(link)
        mark.write_text(owner_tag())
        self._taken = True
        self._ours.add(self._name)

    def _delete(self, link: Link) -> None:
        link.delete_topics([self._topic])
        link.delete_groups([self._group])
        end = time.monotonic() + _PATIENCE
        while self._topic in link.topics([self._topic]) and time.monotonic() < end:
            time.sleep(0.01)

    @property
    def _name(self) -> tuple[int, str]:
        return self.server.port, self._topic

    @property
    def _mark(self):
        return paths.STATE / "try" / f"{self.server.port}-{self._topic}.topic"

    def close(self) -> None:
        if self._own.place and not self._taken:
            return  # it is somebody else's
        super().close()
        if self._own.place:
            self._stay_away()
        self._mark.unlink(missing_ok=True)

    def _stay_away(self) -> None:
        """Until the topic has been gone for a moment: what dying clients had asked for last may still be on its way through the broker,
        and a later process could not tell the topic that it makes from one of somebody else's."""
        gone = time.monotonic()
        end = gone + _PATIENCE
        with self._link() as link:
            while time.monotonic() < min(gone + _GONE, end):
                if self._topic in link.topics([self._topic]):
                    self._delete(link)
                    gone = time.monotonic()
                time.sleep(0.02)

    def environment(self, tap_port: int) -> dict[str, str]:
        return {**super().environment(tap_port), "PLACE_URL": f"{HOST}:{tap_port}", "PLACE": self._topic}

    def fill(self, tap_port: int, orders: Orders, accepted: Callable[[str], None]) -> None:
        if self._own.enqueue:
            sending.enqueue(self._own, self.environment(tap_port), orders)
            self._look_for({order["id"] for order in orders})
        with Link(HOST, tap_port) as link:
            for order in orders:
                if not self._own.enqueue:
                    key = str(order["customer"]).encode()
                    link.send(self._topic, partition_of(key, self._partitions), key, sending.body(self._own, order).encode(),
                              [("content_type", b"application/json")])
                accepted(order["id"])

    def _look_for(self, wanted: set[str]) -> None:
        with self._link() as link:
            end = time.monotonic() + _STANDING
            while missing := wanted - {each.order for each in stage_kafka._all(link, self._topic, self._partitions)}:
                if time.monotonic() > end:
                    raise Misfit(f"`enqueue` has ended, but {len(missing)} of {len(wanted)} orders do not stand in the topic "
                                 f"{self._topic!r}.")
                time.sleep(0.02)
