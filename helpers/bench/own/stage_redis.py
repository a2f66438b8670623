"""The stage on Redis for a declared program: its own names, on a server of the run's own."""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import redis

from helpers.bench import stage_redis
from helpers.bench.lab import Lab
from helpers.bench.own import sending
from helpers.bench.own.declaration import Misfit
from helpers.bench.stage import Arrived, Census
from helpers.wire import tokens

Orders = Sequence[Mapping[str, Any]]


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
