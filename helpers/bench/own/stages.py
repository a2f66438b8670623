"""The stages for a declared program: its own names, in a place of the run's own."""

import json
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pika
import redis

from helpers import paths
from helpers.bench import stage_kafka, stage_rabbitmq, stage_redis
from helpers.bench.kafka_link import Link, Refused, partition_of
from helpers.bench.lab import Lab
from helpers.bench.own import sending
from helpers.bench.own.declaration import Misfit
from helpers.bench.stage import Arrived, Census
from helpers.brokers import rabbitmq
from helpers.brokers.base import HOST, Server
from helpers.brokers.owners import owner_lives, owner_tag
from helpers.wire import tokens

Orders = Sequence[Mapping[str, Any]]
_GONE = 0.5
"""Seconds for which a deleted topic has to be gone before it counts as deleted."""
_PATIENCE = 10.0
"""Seconds that a program has to make the queue that it declares itself."""
_STANDING = 2.0
"""Seconds after which what `enqueue` has sent stands in the queue."""


class RabbitMQStage(stage_rabbitmq.RabbitMQStage):
    """A virtual host of the run's own, in which the queue may have any name."""

    def __init__(self, lab: Lab, server: Server, rng: random.Random):
        super().__init__(lab, server, rng)
        self._own = lab.own
        self._queue = lab.own.place or self._queue
        self._exchange = lab.own.exchange
        self._key = lab.own.routing_key or self._queue

    def open(self) -> None:
        self._admin.create_vhost(self._vhost)
        if self._own.declared_by != "bench":
            return
        connection = pika.BlockingConnection(pika.URLParameters(self._url()))
        channel = connection.channel()
        channel.queue_declare(self._queue, durable=True, arguments={"x-queue-type": self._type})
        if self._exchange:
            channel.exchange_declare(self._exchange, exchange_type="topic", durable=True)
            channel.queue_bind(self._queue, self._exchange, self._key)
        connection.close()
        if self._ages:
            time.sleep(stage_rabbitmq._YOUNG)

    def environment(self, tap_port: int) -> dict[str, str]:
        return {**super().environment(tap_port), "PLACE_URL": self._url(tap_port), "PLACE": self._queue}

    def fill(self, tap_port: int, orders: Orders, accepted: Callable[[str], None]) -> None:
        if self._own.declared_by == "program":
            self._await_queue()
        if self._own.enqueue:
            sending.enqueue(self._own, self.environment(tap_port), orders)
            if self._own.declared_by != "program":  # else it is being emptied meanwhile
                self._look_for(len(orders))
                self._put_in_confirmed()
            for order in orders:
                accepted(order["id"])
        else:
            super().fill(tap_port, orders, accepted)

    def _publish(self, connection: pika.BlockingConnection, orders: Orders, accepted: Callable[[str], None]) -> None:
        channel = connection.channel()
        channel.confirm_delivery()
        for order in orders:
            properties = pika.BasicProperties(content_type="application/json", delivery_mode=2, message_id=order["id"])
            try:
                channel.basic_publish(self._exchange, self._key, sending.body(self._own, order), properties, mandatory=True)
            except pika.exceptions.UnroutableError:
                raise Misfit(f"Nothing is bound to the exchange {self._exchange!r} by the key {self._key!r}: messages for the "
                             "program would be dropped. Set exchange and routing_key, or leave both out.") from None
            except pika.exceptions.ChannelClosedByBroker as error:
                raise Misfit(f"RabbitMQ took no message for the exchange {self._exchange!r}: {error.reply_text}") from None
            accepted(order["id"])
        connection.close()

    def _await_queue(self) -> None:
        end = time.monotonic() + _PATIENCE
        while self._depth() is None:
            if time.monotonic() > end:
                raise Misfit(f"The program has not declared the queue {self._queue!r} within {_PATIENCE:g} s{self._there()}. "
                             "Has `queue` its name, and does the program use {url}?")
            time.sleep(0.02)

    def _look_for(self, count: int) -> None:
        end = time.monotonic() + _STANDING
        while (depth := self._depth()) is None or depth < count:
            if time.monotonic() > end:
                found = "there is no such queue" if depth is None else f"{depth} of {count} messages stand there"
                raise Misfit(f"`enqueue` has ended, but in the queue {self._queue!r} {found}{self._there()}.")
            time.sleep(0.02)

    def _put_in_confirmed(self) -> None:
        """Take the messages out and publish them again as they are, for the broker's word that it has them: what `enqueue` sent
        without asking for confirms may not be on disk when the broker is killed."""
        connection = pika.BlockingConnection(pika.URLParameters(self._url()))
        channel = connection.channel()
        channel.confirm_delivery()
        for _ in range(self._depth() or 0):
            method, properties, body = channel.basic_get(self._queue)
            channel.basic_publish("", self._queue, body, properties, mandatory=True)
            channel.basic_ack(method.delivery_tag)
        connection.close()

    def _depth(self) -> int | None:
        return rabbitmq.depth(self._url(), self._queue)

    def _there(self) -> str:
        names = sorted(queue["name"] for queue in self._admin.queues(self._vhost))
        return f" (queues there: {', '.join(names)})" if names else " (there is no queue at all)"


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


class RedisStage(stage_redis.RedisStage):
    """A server of the run's own, in which every key may have any name."""

    def __init__(self, lab: Lab, server: None, rng: random.Random):
        super().__init__(lab, server, rng)
        self._own = lab.own
        self._stream, self._group = lab.own.place or self._stream, lab.own.group or self._group

    def open(self) -> None:
        stage_redis.remove_leftovers()
        self.server = stage_redis.PrivateServer(self._folder, self._lab.redis_options)
        if self._own.kind == "stream" and self._own.role == "consumer" and self._own.declared_by == "bench":
            with stage_redis.connect(self.server.port) as r:
                r.xgroup_create(self._stream, self._group, "0", mkstream=True)

    def environment(self, tap_port: int) -> dict[str, str]:
        given = super().environment(tap_port)
        return {**given, "PLACE_URL": given["REDIS_URL"], "PLACE": self._stream}

    def fill(self, tap_port: int, orders: Orders, accepted: Callable[[str], None]) -> None:
        if self._own.enqueue:
            sending.enqueue(self._own, self.environment(tap_port), orders)
            with stage_redis.connect(self.server.port) as r:
                missing = {o["id"] for o in orders} - {m.order for m in self._in_the_stream(r)}
            if missing and self._own.declared_by != "program":
                raise Misfit(f"`enqueue` has ended, but {len(missing)} of {len(orders)} orders do not stand in the "
                             f"{self._own.kind} {self._stream!r}.")
        with stage_redis.connect(tap_port) as r:
            for order in orders:
                if not self._own.enqueue:
                    self._add(r, order)
                accepted(order["id"])

    def _add(self, r: redis.Redis, order: Mapping[str, Any]) -> None:
        body = sending.body(self._own, order)
        if self._own.kind == "stream":
            r.xadd(self._stream, stage_redis.fields(order) | {"body": body})
        elif self._own.push == "left":
            r.lpush(self._stream, body)
        else:
            r.rpush(self._stream, body)

    def census(self, expected: Callable[[], int]) -> Census:
        if self._own.kind == "stream":
            return super().census(expected)
        with stage_redis.connect(self.server.port) as r:
            end = time.monotonic() + stage_redis._CENSUS_PATIENCE
            while len(here := self._in_the_stream(r)) != expected() and time.monotonic() < end:
                time.sleep(0.01)
            found = Census(main=self._stream, places={self._stream: []}, messages={self._stream: []},
                           topology=stage_redis.quietly(self.topology))
            for place, message in [*((self._stream, m) for m in here), *self._elsewhere(r)]:
                found.places.setdefault(place, []).append(message.order)
                found.messages.setdefault(place, []).append(message)
            return found

    def _in_the_stream(self, r: redis.Redis) -> list[Arrived]:
        if self._own.kind == "stream":
            return super()._in_the_stream(r)
        return _of_list(r, self._stream.encode()) if r.type(self._stream) == b"list" else []

    def _elsewhere(self, r: redis.Redis) -> Iterator[tuple[str, Arrived]]:
        """Also what clients keep in hashes and sorted sets (kombu, Sidekiq, BullMQ): it is not gone."""
        yield from super()._elsewhere(r)
        for key in sorted(r.scan_iter(count=1000)):
            match r.type(key):
                case b"hash":
                    values = [v for pair in r.hgetall(key).items() for v in pair]
                case b"zset":
                    values = r.zrange(key, 0, -1)
                case b"set":
                    values = list(r.smembers(key))
                case b"string":
                    values = [r.get(key)]
                case _:
                    continue
            for value in values:
                if (order := tokens.find(value)) is not None:
                    yield key.decode("utf-8", "replace"), Arrived(order, value)


def _of_list(r: redis.Redis, key: bytes) -> list[Arrived]:
    return [Arrived(order, v) for v in r.lrange(key, 0, -1) if (order := tokens.find(v))]
