"""The stage on Redis: a server of the run's own, with one stream and, where something consumes, one group."""

import json
import random
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from helpers import paths
from helpers.bench.lab import Lab
from helpers.bench.redis_listener import Listener
from helpers.bench.stage import Arrived, Census
from helpers.bench.topology import Topology, quietly
from helpers.bench.topology import redis as topology
from helpers.brokers import owners
from helpers.brokers.base import HOST, Broker, Progress
from helpers.brokers.owners import owner_lives, owner_tag
from helpers.brokers.redis import Private, info
from helpers.brokers.redis import Redis as Description
from helpers.wire import tokens
from helpers.wire.redis import Redis
from helpers.wire.redis_book import Book

PEER = "peer"
"""The consumer that has read some entries before the program starts, and never comes back."""
_PEER_IDLE_MS = 60_000
_CENSUS_PATIENCE = 0.5


class PrivateServer:
    """A private Redis, with what the bench asks of a server (helpers.brokers.base.Server)."""

    provider = "native"
    name = "redis"
    host = HOST

    def __init__(self, folder: Path, options: Mapping[str, str]):
        self.broker: Broker = Description()
        self.title = self.broker.title
        self._redis = Private(folder, **options)

    @property
    def port(self) -> int:
        return self._redis.port

    def url(self) -> str:
        return self._redis.url

    def running(self) -> bool:
        return self._redis.pid is not None

    def version(self) -> str:
        return info(self.port)["redis_version"]

    def up(self, progress: Progress | None = None) -> None:
        """Start it again where it was killed: on the same port, with what it had written to disk."""
        if not self.running():
            self._redis.start()

    def kill(self) -> None:
        self._redis.kill()

    def pause(self) -> None:
        self._redis.pause()

    def resume(self) -> None:
        self._redis.resume()

    def down(self) -> None:
        self._redis.down()


class RedisStage:
    """See helpers.bench.stage.Stage. `server` is there once `open` has returned."""

    url_variable = "REDIS_URL"
    dead = ""
    charged_is_done = False
    output = ""
    malformed = ()
    server: PrivateServer

    def __init__(self, lab: Lab, server: None, rng: random.Random):
        self._lab = lab
        suffix = "".join(rng.choices("23456789abcdefghjkmnpqrstvwxyz", k=6))
        self._folder = paths.STATE / owners.RUNS / f"{owner_tag()}.{suffix}"
        self._stream, self._group = f"orders-{suffix[:4]}", f"shop-{suffix[4:]}"
        self.dead = f"dead-{suffix[:4]}" if lab.dead_letters else ""
        self._channel, self._missed = (f"bell-{suffix[:4]}", f"missed-{suffix[:4]}") if lab.channel else ("", "")
        self._listener: Listener | None = None
        self._book = Book()
        self._members = 0

    def decoder(self) -> Redis:
        return Redis(self._book)

    def open(self) -> None:
        """Start the server and make the group. Raises StartFailed."""
        remove_leftovers()
        self.server = PrivateServer(self._folder, self._lab.redis_options)
        if "consumer" in self._lab.roles:
            with connect(self.server.port) as r:
                r.xgroup_create(self._stream, self._group, "0", mkstream=True)
        if self._channel:
            self._listener = Listener(self.server.port, self._channel)

    def upstream(self) -> tuple[str, int]:
        return self.server.host, self.server.port

    def environment(self, tap_port: int) -> dict[str, str]:
        """CONSUMER: a name for each process of the run, which it keeps when it is started again."""
        self._members += 1
        names = {"REDIS_URL": f"redis://{HOST}:{tap_port}/0", "STREAM": self._stream, "GROUP": self._group,
                 "CONSUMER": f"worker-{self._members}"}
        if self._channel:
            names |= {"CHANNEL": self._channel, "MISSED": self._missed}
        return names | ({"DEAD_LETTERS": self.dead} if self.dead else {})

    def fill(self, tap_port: int, orders: Sequence[Mapping[str, Any]], accepted: Callable[[str], None]) -> None:
        """Also lets the peer read its share, and makes it look as if it had not been heard of for a minute."""
        with connect(tap_port) as r:
            for order in orders:
                r.xadd(self._stream, fields(order))
                accepted(order["id"])
            if self._lab.peer:
                found = r.xreadgroup(self._group, PEER, {self._stream: ">"}, count=self._lab.peer)
                entries = [entry for entry, _ in _entries(found)]
                with connect(self.server.port) as behind:  # no claim of anybody's: the tap need not see it
                    behind.xclaim(self._stream, self._group, PEER, 0, entries, idle=_PEER_IDLE_MS, justid=True)

    def census(self, expected: Callable[[], int]) -> Census:
        with connect(self.server.port) as r:
            end = time.monotonic() + _CENSUS_PATIENCE
            while len(here := self._in_the_stream(r)) != expected() and time.monotonic() < end:
                time.sleep(0.01)  # what the program sent last may still be on its way
            if self._listener is not None:
                self._note_unheard(r, here)
            found = Census(main=self._stream, places={self._stream: []}, messages={self._stream: []},
                           topology=quietly(self.topology))
            for place, message in [*((self._stream, m) for m in here), *self._elsewhere(r)]:
                found.places.setdefault(place, []).append(message.order)
                found.messages.setdefault(place, []).append(message)
            return found

    def topology(self) -> Topology:
        with connect(self.server.port) as r:
            return topology.read(r)

    def redrive(self, tap_port: int) -> int:
        """Dead letters are the entries of a stream."""
        with connect(self.server.port) as behind:
            letters = [letter for _, letter in behind.xrange(self.dead)] if behind.type(self.dead) == b"stream" else []
            behind.delete(self.dead)
        with connect(tap_port) as r:
            for letter in letters:
                r.xadd(self._stream, letter)
        return len(letters)

    def before_kill(self) -> None:
        """Nothing to do: how much it keeps is the question."""

    def evict(self, actor: str) -> None:
        """Redis waits for nobody: what a dead consumer had pending is pending until it is claimed."""

    def hang_up(self) -> None:
        if self._listener is not None:
            self._listener.hang_up()

    def close(self) -> None:
        self.hang_up()
        if hasattr(self, "server"):
            self.server.down()
        shutil.rmtree(self._folder, ignore_errors=True)

    # --- counting

    def _in_the_stream(self, r: redis.Redis) -> list[Arrived]:
        """What is left to do: entries that are pending in the group or were never delivered to it; where nothing consumes,
        all entries. A pending entry that was deleted can no longer be done: it is not left."""
        if r.type(self._stream) != b"stream":
            return []
        entries = dict(r.xrange(self._stream))
        if "consumer" in self._lab.roles:
            groups = {g["name"]: g for g in r.xinfo_groups(self._stream)}
            group = groups.get(self._group.encode())
            if group is None:
                return []
            last = _age(group["last-delivered-id"])
            pending = {p["message_id"] for p in r.xpending_range(self._stream, self._group, "-", "+", len(entries) + 100_000)}
            entries = {e: f for e, f in entries.items() if e in pending or _age(e) > last}
        return [m for f in entries.values() if (m := _arrived(f))]

    def _note_unheard(self, r: redis.Redis, here: Sequence[Arrived]) -> None:
        """Marks orders that nobody heard of, and that do not stand in MISSED either."""
        left = r.lrange(self._missed, 0, -1) if r.type(self._missed) == b"list" else []
        missed = {tokens.find(each) for each in left}
        end = time.monotonic() + _CENSUS_PATIENCE
        while (unheard := {m.order for m in here} - self._listener.heard - missed) and time.monotonic() < end:
            time.sleep(0.01)
        for message in here:
            if message.order in unheard:
                message.meta = {**message.meta, "unheard": True}

    def _elsewhere(self, r: redis.Redis) -> Iterator[tuple[str, Arrived]]:
        """Messages in streams, lists and sorted sets of the program's own. A member of a sorted set may be the id of an entry that
        still stands in the stream."""
        entries = dict(r.xrange(self._stream)) if r.type(self._stream) == b"stream" else {}
        for key in sorted(r.scan_iter(count=1000)):
            name = key.decode("utf-8", "replace")
            if name in (self._stream, self._missed):
                continue
            match r.type(key):
                case b"stream":
                    yield from ((name, m) for _, f in r.xrange(key) if (m := _arrived(f)))
                case b"list":
                    yield from ((name, Arrived(order, v)) for v in r.lrange(key, 0, -1) if (order := tokens.find(v)))
                case b"zset":
                    for member in r.zrange(key, 0, -1):
                        if (order := tokens.find(member)):
                            yield name, Arrived(order, member)
                        elif member in entries and (found := _arrived(entries[member])):
                            yield name, found


def fields(order: Mapping[str, Any]) -> dict[str, str]:
    """An order as an entry: metadata beside the body."""
    return {"type": "order.placed", "content_type": "application/json", "order_id": order["id"], "time": str(int(time.time())),
            "body": json.dumps(order)}


def connect(port: int) -> redis.Redis:
    """A client that never does anything twice of its own accord (redis-py 8 tries again ten times by default)."""
    return redis.Redis(host=HOST, port=port, protocol=2, socket_timeout=None, retry=Retry(NoBackoff(), 0))


def _entries(found: Any) -> list[tuple[bytes, dict[bytes, bytes]]]:
    return found[0][1] if found else []


def _arrived(fields_: Mapping[bytes, bytes]) -> Arrived | None:
    meta = {name.decode("utf-8", "replace"): value for name, value in fields_.items()}
    order = tokens.find(list(fields_.values()))
    if order is None:
        return None
    body = meta.get("body") or max(fields_.values(), key=len)
    return Arrived(order, body, meta)


def _age(entry: bytes) -> tuple[int, int]:
    ms, _, n = entry.partition(b"-")
    return int(ms), int(n or 0)


def remove_leftovers(server: None = None) -> list[str]:
    """Remove the servers and folders of runs whose process is gone; their names."""
    folder = paths.STATE / owners.RUNS
    gone = [each for each in folder.glob("*.*") if not owner_lives(each.name.partition(".")[0])]
    for each in gone:
        owners.remove(each)
    return [each.name for each in gone]
