"""What can be wished of streams, groups and channel patterns on Redis.

Streams, groups and the first word of the channels are named by the variable in which the program is given their name.
Sources: Redis documentation, "XGROUP CREATE", "XADD", "PSUBSCRIBE", "Redis Streams".
"""

from dataclasses import dataclass, field
from typing import Any

from helpers.bench.exam.wish import Found, NotSeen, Wish, last_words, listed, several


@dataclass
class Group:
    """A group as XINFO GROUPS tells it."""

    stream: str
    name: str
    pending: int
    last: str

    def __str__(self) -> str:
        return f"pending {self.pending}, last-delivered-id {self.last}"


@dataclass
class Seen:
    """What stood in Redis, and what became of the probes.

    names:      variable -> name in this run.
    backlog:    how many entries waited in STREAM before the program came.
    read:       group (variable) -> how many of the backlog, and how many of the announcements it was given.
    announced:  how many announcements had been written to STREAM when the groups read.
    groups:     (stream, group) (variables) -> the group before and after the second start; None where there was none.
    received:   channel (without its first word) -> how often its announcement stands in STREAM, over both starts.
    sent:       channel -> how often it was announced.
    strangers:  entries of STREAM that nobody had announced, as text.
    length:     entries in STREAM at the end; `added`: how many were ever added to it.
    lengths:    stream (variable) -> entries after the first start; None where there was no such key.
    commands:   what Redis was told by the program, as its SLOWLOG has it (arguments beyond 128 characters cut).
    literal:    names of channels subscribed to, by PUBSUB CHANNELS.
    """

    names: dict[str, str]
    backlog: int = 0
    read: dict[str, tuple[int, int]] = field(default_factory=dict)
    announced: int = 0
    groups: dict[tuple[str, str], tuple[Group | None, Group | None]] = field(default_factory=dict)
    received: dict[str, int] = field(default_factory=dict)
    sent: dict[str, int] = field(default_factory=dict)
    strangers: list[str] = field(default_factory=list)
    survivors: int = 0
    length: int = 0
    added: int = 0
    lengths: dict[str, int | None] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)
    literal: list[str] = field(default_factory=list)
    region: str = ""
    starts: list[Any] = field(default_factory=list)
    nothing: bool = False

    def told(self, *words: str) -> tuple[str, ...]:
        """The commands that begin with one of `words`, for a proof; each once."""
        found = [c for c in self.commands if c.upper().startswith(words)]
        return tuple(f"Redis was told: {self.plain(c)}" for c in dict.fromkeys(found))[:4]

    def plain(self, text: str) -> str:
        """With the names as the learner knows them."""
        for variable, name in self.names.items():
            text = text.replace(name, variable)
        return text


@dataclass(frozen=True)
class ListensTwice(Wish):
    """The program goes on until it is stopped, and can be started again."""

    about_starts = True

    @property
    def title(self) -> str:
        return "your program listens until it is stopped, and can be started a second time"

    def examine(self, seen: Seen) -> Found | None:
        last = seen.starts[-1]
        if last.number == 1 or last.ready or not last.failed or last.program.over_limit:
            return None
        return Found("set-up-not-repeatable", f"The second start ended with exit status {last.status}; what the first one had "
                     "made stood there already.", last_words(last))


@dataclass(frozen=True)
class GroupSeesBacklog(Wish):
    """A consumer of the group is given what waited in the stream before the group was made."""

    group: str
    stream: str = "STREAM"

    def _words(self) -> tuple[str, ...]:
        return (self.group,)

    @property
    def title(self) -> str:
        return f"a consumer of group {self.group} gets every order that waits in {self.stream} already, and every new one"

    def examine(self, seen: Seen) -> Found | None:
        if (missing := _no_group(seen, self.stream, self.group)) is not None:
            return missing
        old, new = seen.read[self.group]
        if seen.survivors < seen.backlog and (deleted := seen.told("DEL ", "UNLINK", "FLUSH")):
            return Found("set-up-deletes", f"Your program deleted {self.stream}, with "
                         f"{several(seen.backlog - seen.survivors, 'order')} that waited in it.", deleted)
        if seen.survivors < seen.backlog:
            return Found("trim-unread", f"{several(seen.backlog - seen.survivors, 'order')} of the {seen.backlog} that waited "
                                        "in "
                         f"{self.stream} were removed before anybody had read them.", seen.told("XADD", "XTRIM", "XDEL"), _KEEP)
        if old < seen.backlog:
            return Found("group-from-dollar", f"{self.group} was given {old} of the {seen.backlog} orders that waited in "
                         f"{self.stream}, since it begins behind them.", seen.told("XGROUP"))
        if new < seen.announced:
            return Found("group-from-dollar", f"{self.group} was given {new} of {several(seen.announced, 'new order')}.",
                         seen.told("XGROUP"))
        return None


@dataclass(frozen=True)
class GroupSeesOnlyNew(Wish):
    """A consumer of the group is given only what was added after the group was made."""

    group: str
    stream: str = "STREAM"

    def _words(self) -> tuple[str, ...]:
        return (self.group,)

    @property
    def title(self) -> str:
        return f"a consumer of group {self.group} gets only orders that come after it was made"

    def examine(self, seen: Seen) -> Found | None:
        if (missing := _no_group(seen, self.stream, self.group)) is not None:
            return missing
        old, new = seen.read[self.group]
        if old:
            return Found("group-from-zero", f"{self.group} was given {old} of the {seen.backlog} old orders that waited in "
                         f"{self.stream}.", seen.told("XGROUP"))
        if new < seen.announced:
            return Found("group-from-dollar", f"{self.group} was given {new} of {several(seen.announced, 'new order')}.",
                         seen.told("XGROUP"))
        return None


@dataclass(frozen=True)
class GroupWaits(Wish):
    """A group on a stream that has no entry yet."""

    group: str
    stream: str

    def _words(self) -> tuple[str, ...]:
        return (self.stream,)

    @property
    def title(self) -> str:
        return f"group {self.group} waits on {self.stream}, which has no entry yet"

    def examine(self, seen: Seen) -> Found | None:
        if (missing := _no_group(seen, self.stream, self.group)) is not None:
            return missing
        count = seen.lengths[self.stream]
        if count:
            return Found("dummy-entry", f"{self.stream} holds {several(count, 'entry').replace('entrys', 'entries')} that no "
                         "customer sent: the first consumer will be given it.", seen.told("XADD"))
        return None


@dataclass(frozen=True)
class GroupsKeepTheirPlace(Wish):
    """A second start moves no group and forgets nothing that is pending."""

    @property
    def title(self) -> str:
        return "a second start of your program moves no group, and forgets nothing that is pending"

    def examine(self, seen: Seen) -> Found | None:
        for (stream, group), (before, after) in seen.groups.items():
            if before is None or before == after:
                continue
            proof = (f"XINFO GROUPS before: {before}", "XINFO GROUPS after:  "
                                                       f"{after or 'no such group'}", *seen.told("XGROUP", "DEL"))
            if after is None or after.pending < before.pending:
                return Found("set-up-deletes", f"The second start of your program forgot what group {group} had pending on "
                                               f"{stream}.",
                             proof)
            return Found("group-moved", f"The second start of your program moved group {group} on {stream}.", proof)
        return None


@dataclass(frozen=True)
class PatternReceives(Wish):
    """What is announced on this channel is written to the stream, once."""

    channel: str

    def _words(self) -> tuple[str, ...]:
        return (self.channel.replace("{region}", "region"),)

    @property
    def title(self) -> str:
        return f"what is announced on SHOP.{self.channel.replace('{region}', '<region>')} is written to STREAM, once"

    def examine(self, seen: Seen) -> Found | None:
        channel = self.channel.format(region=seen.region)
        there, sent = seen.received[channel], seen.sent[channel]
        if there == sent:
            return None
        proof = seen.told("PSUBSCRIBE", "SUBSCRIBE", "SSUBSCRIBE")
        told = f"Of {several(sent, 'announcement')} on SHOP.{channel}, {there} came into STREAM."
        if there > sent:
            return Found("received-twice", told, proof)
        if literal := [name for name in seen.literal if "*" in name]:
            return Found("pattern-with-subscribe", told, (f"PUBSUB CHANNELS: {seen.plain(listed(literal))}", *proof))
        return Found("pattern-misses", told, proof)


@dataclass(frozen=True)
class PatternSkips(Wish):
    """What is announced on this channel is none of the program's business."""

    channel: str

    def _words(self) -> tuple[str, ...]:
        return (self.channel.replace("{region}", "region"),)

    @property
    def title(self) -> str:
        return f"what is announced on SHOP.{self.channel.replace('{region}', '<region>')} is not written to STREAM"

    def examine(self, seen: Seen) -> Found | None:
        channel = self.channel.format(region=seen.region)
        if not seen.received[channel]:
            return None
        return Found("pattern-too-wide", f"What was announced on SHOP.{channel} came into "
                                         "STREAM.", seen.told("PSUBSCRIBE", "SUBSCRIBE"))


@dataclass(frozen=True)
class NothingElse(Wish):
    """The stream holds orders, and nothing that was no order."""

    @property
    def title(self) -> str:
        return "STREAM holds nothing but orders"

    def examine(self, seen: Seen) -> Found | None:
        if not seen.strangers:
            return None
        proof = tuple(f"XRANGE STREAM: {seen.plain(text)}" for text in seen.strangers[:3])
        return Found("subscribe-reply-is-message", f"{several(len(seen.strangers), 'entry').replace('entrys', 'entries')} of "
                     "STREAM nobody had announced.", proof)


@dataclass(frozen=True)
class StreamCapped(Wish):
    """The stream is bounded, and not too narrowly."""

    keep: int
    most: int

    @property
    def title(self) -> str:
        return f"STREAM keeps its newest {self.keep:,} entries, and never holds more than {self.most:,}"

    def examine(self, seen: Seen) -> Found | None:
        if seen.added < self.most:
            raise NotSeen  # too little arrived to tell
        proof = (f"XINFO STREAM: entries-added {seen.added}, length {seen.length}", *seen.told("XADD", "XTRIM")[:2])
        if seen.length > self.most:
            return Found("stream-uncapped", f"STREAM holds {seen.length:,} entries and goes on growing, until Redis has no "
                         "memory left.", proof)
        if seen.length < self.keep:
            return Found("trim-unread", f"STREAM holds {seen.length:,} entries; asked were the newest {self.keep:,}, read or "
                                        "not.", proof,
                         _KEEP)
        return None


_KEEP = ("Keep more than the slowest group can fall behind: trimming asks nobody whether an entry has been read. Here "
         "MAXLEN ~ 1000.")


def _no_group(seen: Seen, stream: str, group: str) -> Found | None:
    before, _ = seen.groups[stream, group]
    if before is not None:
        return None
    there = sorted({g for (s, g), (found, _) in seen.groups.items() if s == stream and found})
    return Found("group-missing", f"{stream} has no group {group}.",
                 (f"XINFO GROUPS {stream}: {listed(there)}", *seen.told("XGROUP")))
