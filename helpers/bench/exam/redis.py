"""The examination on Redis: a server of the run's own, orders that wait in a stream, announcements on several channels."""

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import redis as client
from redis.backoff import NoBackoff
from redis.retry import Retry

from helpers.bench.exam.redis_wishes import (
    Group, GroupSeesBacklog, GroupSeesOnlyNew, GroupWaits, PatternReceives, PatternSkips, Seen, StreamCapped,
)
from helpers.bench.lab import Lab
from helpers.bench.topology import Topology
from helpers.bench.topology import redis as topology
from helpers.brokers.redis import Private
from helpers.wire import tokens

BACKLOG = 40
REGIONS = ("eu", "us", "ap", "br", "za", "jp", "in")
PENDING = 5
"""Entries that the bench's consumer leaves unacknowledged before the second start."""
_STABLE = 0.3
"""Seconds without change after which the program is taken to have set everything up."""
_SETTLE = 4.0
_TELLING = ("XGROUP", "PSUBSCRIBE", "SUBSCRIBE", "SSUBSCRIBE", "XADD", "XTRIM", "XDEL", "DEL ", "UNLINK", "FLUSH")
"""Commands that say how something was set up, or undone."""
_QUIET = 1.5
"""Seconds without movement after which nothing more is expected to arrive."""


class RedisPlace:
    """See helpers.bench.exam.topology.Place."""

    waits_for = "it was to subscribe, and to listen until it is stopped"

    def __init__(self, lab: Lab, rng: random.Random, folder: Path):
        self._lab, self._rng, self._folder = lab, rng, folder
        suffix = "".join(rng.choices("23456789abcdefghjkmnpqrstvwxyz", k=4))
        self.seen = Seen({variable: f"{variable.lower()}-{suffix}" for variable in lab.given}, region=rng.choice(REGIONS))
        self._private: Private | None = None
        self._tokens: dict[str, list[str]] = {}  # channel -> what was announced there

    def open(self, note: Callable[[str], None]) -> dict[str, str]:
        # The slow log with a limit of 0 µs keeps every command: what Redis was told, in its own words.
        self._private = Private(self._folder / "redis", slowlog_log_slower_than="0", slowlog_max_len="512")
        self._redis = client.Redis.from_url(self._private.url, decode_responses=True, socket_timeout=10,
                                            retry=Retry(NoBackoff(), 0))
        self._old = tokens.draw(self._rng, BACKLOG)
        for order in self._old:
            self._redis.xadd(self._name("STREAM"), {"order": order})
        self._redis.slowlog_reset()
        self.seen.backlog = BACKLOG
        return {"name": "redis", "title": "Redis", "provider": "native", "version": self._redis.info("server")["redis_version"]}

    def upstream(self) -> None:
        return None

    def environment(self, port: int | None) -> dict[str, str]:
        return {"REDIS_URL": self._private.url, **self.seen.names}

    def ready(self) -> bool:
        return bool(self._redis.pubsub_numpat() or self._redis.pubsub_channels() or self._redis.pubsub_shardchannels())

    def probe(self, number: int) -> None:
        self._until_stable()
        seen = self.seen
        if number == 1:
            seen.lengths = {name: self._length(name) for name in self._streams()}
            self._announce(number)
            self._remember_commands()
            self._read_groups()
            self._before = self._groups()
        else:
            after = self._groups()
            seen.groups = {key: (self._before[key], after[key]) for key in after}
            self._announce(number)
            self._remember_commands()
            self._look_at_entries()
            self._flood()

    def topology(self) -> Topology:
        with client.Redis(port=self._private.port, protocol=2, socket_timeout=5, retry=Retry(NoBackoff(), 0)) as plain:
            return topology.read(plain)

    def count(self) -> None:
        info = self._redis.xinfo_stream(self._name("STREAM")) if self._redis.exists(self._name("STREAM")) else {}
        self.seen.length, self.seen.added = info.get("length", 0), info.get("entries-added", 0)

    def close(self) -> None:
        if self._private is not None:
            self._private.down()

    # --- probes

    def _until_stable(self) -> None:
        """Until what the program sets up has not changed for a moment: it may subscribe first and make its groups later."""
        began = since = time.monotonic()
        last = None
        groups: dict[tuple[str, str], bool] = {}
        while time.monotonic() - began < _SETTLE and (time.monotonic() - since < _STABLE or not all(groups.values())):
            groups = {key: group is not None for key, group in self._groups().items()}
            now = (self._redis.pubsub_numpat(), self._redis.pubsub_channels(), groups)
            if now != last:
                last, since = now, time.monotonic()
            time.sleep(0.02)
        self.seen.literal = sorted({*self.seen.literal, *self._redis.pubsub_channels()})

    def _announce(self, number: int) -> None:
        """On each channel, in an order of chance; one that must be heard comes last and shows that all is done.

        What was not heard is announced once more: a program may subscribe to one channel after the other, and be slow.
        """
        heard = [w.channel.format(region=self.seen.region) for w in self._wishes(PatternReceives)]
        skipped = [w.channel.format(region=self.seen.region) for w in self._wishes(PatternSkips)]
        last = next((channel for channel in reversed(heard) if self._was_heard(channel)), heard[-1])
        channels = [channel for channel in [*heard, *skipped] if channel != last]
        self._rng.shuffle(channels)
        self._announce_on([*channels, last])
        missed = [channel for channel in heard if not self._was_heard(channel)]
        if missed and number == 1:
            self._announce_on(missed)
        for channel in self._tokens:
            self.seen.sent[channel] = self.seen.sent.get(channel, 0) + 1

    def _announce_on(self, channels: Sequence[str]) -> None:
        for channel in channels:
            token = tokens.draw(self._rng, 1)[0]
            self._tokens.setdefault(channel, []).append(token)
            self._redis.publish(f"{self._name('SHOP')}.{channel}", token)
        self._wait_for(lambda: self._was_heard(channels[-1]))
        time.sleep(_STABLE / 3)  # for what comes out of turn, or should not come

    def _was_heard(self, channel: str) -> bool:
        """Whether the last announcement on it stands in the stream."""
        last = self._tokens.get(channel, [""])[-1]
        return any(tokens.find(fields.values()) == last for fields in self._newest())

    def _read_groups(self) -> None:
        """Read as a consumer would; what was read is acknowledged but for a few."""
        seen = self.seen
        entries = self._entries()
        held = [tokens.find(fields.values()) for _, fields in entries]
        seen.survivors = len({token for token in held if token} & set(self._old))
        seen.announced = len([token for token in held if token and token not in self._old])
        for wish in self._wishes(GroupSeesBacklog, GroupSeesOnlyNew):
            stream, group = self._name(wish.stream), self._name(wish.group)
            try:
                answer = self._redis.xreadgroup(group, "bench", {stream: ">"}, count=10_000)
            except client.ResponseError:
                continue
            given = next(iter(answer.values()))[0] if isinstance(answer, dict) and answer else answer[0][1] if answer else []
            found = [tokens.find(fields.values()) for _, fields in given]
            old = {token for token in found if token in self._old}
            seen.read[wish.group] = (len(old), len([token for token in found if token and token not in old]))
            done = [entry for entry, _ in given][:-PENDING]
            if done:
                self._redis.xack(stream, group, *done)

    def _look_at_entries(self) -> None:
        seen = self.seen
        channel_of = {token: channel for channel, own in self._tokens.items() for token in own}
        times: Counter[str] = Counter()
        for entry, fields in self._entries():
            token = tokens.find([*fields.values(), *fields])
            if token in channel_of:
                times[token] += 1
            elif token not in self._old:
                seen.strangers.append(f"{entry} " + " ".join(f"{k}={v}" for k, v in fields.items())[:160])
        for channel, own in self._tokens.items():
            # an announcement that was made a second time in the same start may have been heard in the end
            repeated = own[:len(own) - seen.sent[channel]]
            seen.received[channel] = sum(times[token] for token in own) - sum(bool(times[token]) for token in repeated)
        made = any(before for before, _ in seen.groups.values())
        seen.nothing = not (made or any(seen.received.values()) or seen.strangers)

    def _flood(self) -> None:
        """Enough announcements to see whether the stream is bounded."""
        capped = self._wishes(StreamCapped)
        heard = [channel for channel, count in self.seen.received.items() if count]
        if not capped or not heard:
            return
        channel = f"{self._name('SHOP')}.{heard[0]}"
        count, before = capped[0].most + 200, self._added()
        orders = tokens.draw(self._rng, count)
        for begin in range(0, count, 100):
            with self._redis.pipeline(transaction=False) as pipe:
                for order in orders[begin:begin + 100]:
                    pipe.publish(channel, order)
                pipe.execute()
        self._wait_for(lambda: self._added() - before >= count)

    def _remember_commands(self) -> None:
        """The program's own among the last commands, oldest first."""
        for entry in reversed(self._redis.slowlog_get(512)):
            command = entry["command"] if isinstance(entry["command"], str) else entry["command"].decode(errors="replace")
            if command.upper().startswith(_TELLING):
                if command.upper().startswith("XADD"):
                    command = _without_values(command)
                if command not in self.seen.commands:
                    self.seen.commands.append(command)
        self._redis.slowlog_reset()

    # --- small things

    def _wait_for(self, done: Callable[[], bool]) -> None:
        """Until `done`, or until nothing has been added for _QUIET seconds."""
        last, since = self._added(), time.monotonic()
        while not done() and time.monotonic() - since < _QUIET:
            time.sleep(0.01)
            if (now := self._added()) != last:
                last, since = now, time.monotonic()

    def _added(self) -> int:
        try:
            return self._redis.xinfo_stream(self._name("STREAM"))["entries-added"]
        except client.ResponseError:
            return 0

    def _entries(self) -> list[tuple[str, dict[str, str]]]:
        try:
            return self._redis.xrange(self._name("STREAM"))
        except client.ResponseError:
            return []

    def _newest(self) -> list[dict[str, str]]:
        try:
            return [fields for _, fields in self._redis.xrevrange(self._name("STREAM"), count=30)]
        except client.ResponseError:
            return []

    def _groups(self) -> dict[tuple[str, str], Group | None]:
        """Every group that the lab asks for, as it is now."""
        wanted = [(w.stream, w.group) for w in self._wishes(GroupSeesBacklog, GroupSeesOnlyNew, GroupWaits)]
        found: dict[tuple[str, str], Group | None] = dict.fromkeys(wanted)
        for stream in {stream for stream, _ in wanted}:
            try:
                infos = self._redis.xinfo_groups(self._name(stream))
            except client.ResponseError:
                continue
            for info in infos:
                for s, group in wanted:
                    if s == stream and info["name"] == self._name(group):
                        found[s, group] = Group(stream, group, info["pending"], info["last-delivered-id"])
        return found

    def _streams(self) -> list[str]:
        return sorted({w.stream for w in self._wishes(GroupSeesBacklog, GroupSeesOnlyNew, GroupWaits)})

    def _length(self, stream: str) -> int | None:
        try:
            return self._redis.xlen(self._name(stream)) if self._redis.exists(self._name(stream)) else None
        except client.ResponseError:
            return None

    def _name(self, variable: str) -> str:
        return self.seen.names[variable]

    def _wishes(self, *kinds: type) -> list:
        return [wish for wish in self._lab.wishes if isinstance(wish, kinds)]


def _without_values(command: str) -> str:
    """An XADD up to its id: the rest differs from entry to entry."""
    head, star, _ = command.partition(" * ")
    return f"{head} * …" if star else command[:80]
