"""What a run knows of its Redis across connections: which entry holds which order, and who has it pending."""

import re
from collections.abc import Iterable, Iterator

_SETTLES = re.compile(rb"\b(XACK|XACKDEL)\b", re.IGNORECASE)
_ADDS = re.compile(rb"\b(XADD|ZADD|[LR]PUSH)\b", re.IGNORECASE)


class Book:
    """One per run, shared by all its decoders. Keys are names as text.

    A group belongs to a stream, not to a connection: what one process was given, another may acknowledge.
    """

    def __init__(self) -> None:
        self._streams: dict[str, dict[str, str | None]] = {}  # stream -> entry -> order
        self._gone: dict[str, set[str]] = {}  # stream -> entries deleted
        self._pending: dict[tuple[str, str], dict[str, str]] = {}  # (stream, group) -> entry -> consumer
        self._lists: set[str] = set()
        self._moved: dict[tuple[str, str], str] = {}  # (list, order) -> the list it was moved from, to be worked on
        self._settling: set[bytes] = set()  # scripts, by digest, whose text acknowledges
        self._adding: set[bytes] = set()
        self._functions_settle = False
        self._functions_add = False
        self.requests = 0

    def number(self) -> int:
        """A number of its own for each request that can be withdrawn."""
        self.requests += 1
        return self.requests

    # --- streams and lists

    def enter(self, stream: str, entry: str, order: str | None) -> None:
        entries = self._streams.setdefault(stream, {})
        if order is not None or entry not in entries:
            entries[entry] = order

    def order(self, stream: str, entry: str) -> str | None:
        return self._streams.get(stream, {}).get(entry)

    def order_of_entry(self, entry: str) -> str | None:
        """The order of an entry of this id, in whatever stream."""
        return next((entries[entry] for entries in self._streams.values() if entry in entries), None)

    def is_list(self, key: str) -> None:
        self._lists.add(key)

    def move(self, source: str, to: str, order: str) -> None:
        self._lists.update((source, to))
        self._moved[to, order] = source

    def came_from(self, key: str, order: str) -> str | None:
        """The list that the order was moved from, if a program moved it into this one."""
        return self._moved.get((key, order))

    def holds(self, key: str) -> bool:
        """Whether the key is a stream or a list that messages have been seen in."""
        return key in self._streams or key in self._lists

    def keys(self) -> list[str]:
        return [*self._streams, *self._lists]

    def delete(self, stream: str, entry: str) -> None:
        self._gone.setdefault(stream, set()).add(entry)

    def keep(self, stream: str, entry: str) -> None:
        """The deletion did not come about."""
        self._gone.get(stream, set()).discard(entry)

    def oldest(self, stream: str) -> Iterator[str]:
        """Entries that are there, by id."""
        gone = self._gone.get(stream, ())
        return (e for e in sorted(self._streams.get(stream, ()), key=_age) if e not in gone)

    # --- pending

    def give(self, stream: str, group: str, consumer: str, entry: str) -> None:
        self._pending.setdefault((stream, group), {})[entry] = consumer

    def take(self, stream: str, group: str, entry: str) -> str | None:
        """It is no longer pending; the consumer who had it."""
        return self._pending.get((stream, group), {}).pop(entry, None)

    def of(self, stream: str, group: str, consumer: str) -> list[str]:
        """The entries that a consumer has pending."""
        return [e for e, who in self._pending.get((stream, group), {}).items() if who == consumer]

    def groups(self, stream: str) -> list[str]:
        return [group for s, group in self._pending if s == stream]

    def pending_among(self, words: Iterable[str]) -> list[tuple[str, str, str]]:
        """(stream, group, entry) of pending entries whose ids are among the words."""
        wanted = set(words)
        return [(stream, group, e) for (stream, group), entries in self._pending.items() for e in entries if e in wanted]

    # --- scripts

    def learn(self, digest: bytes, script: bytes) -> None:
        if _SETTLES.search(script):
            self._settling.add(digest.lower())
        if _ADDS.search(script):
            self._adding.add(digest.lower())

    def learn_functions(self, library: bytes) -> None:
        self._functions_settle |= bool(_SETTLES.search(library))
        self._functions_add |= bool(_ADDS.search(library))

    def settles(self, command: str, script: bytes) -> bool:
        """Whether a script acknowledges, by its text: EVAL's script, EVALSHA's digest, FCALL's function."""
        if command.startswith("EVALSHA"):
            return script.lower() in self._settling
        return self._functions_settle if command.startswith("FCALL") else bool(_SETTLES.search(script))

    def adds(self, command: str, script: bytes) -> bool:
        """Whether a script adds to a stream, a list or a sorted set, by its text, as above."""
        if command.startswith("EVALSHA"):
            return script.lower() in self._adding
        return self._functions_add if command.startswith("FCALL") else bool(_ADDS.search(script))


def _age(entry: str) -> tuple[int, int]:
    ms, _, n = entry.partition("-")
    return (int(ms), int(n or 0)) if ms.isdigit() else (0, 0)
