"""Redis commands in parts: a command on its way, what must be remembered of its connection, and what its arguments say.

Source of each command's syntax: Redis documentation, "Commands".
"""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from helpers.wire import tokens
from helpers.wire.redis_book import Book
from helpers.wire.resp import words

SEARCHED = 65536  # how much of a string is looked through for an order's id
_CONTAINERS = frozenset("XGROUP CLIENT SCRIPT FUNCTION".split())
SUBSCRIBES = frozenset("SUBSCRIBE PSUBSCRIBE SSUBSCRIBE".split())
UNSUBSCRIBES = frozenset("UNSUBSCRIBE PUNSUBSCRIBE SUNSUBSCRIBE".split())
SCRIPTS = frozenset("EVAL EVAL_RO EVALSHA EVALSHA_RO FCALL FCALL_RO".split())


class Call:
    """One command on its way. `args` are those after its name.

    commit: the number of a request that settles or deletes. orders: those that it publishes.
    undo:   what to do to the book when it does not come about.
    inner:  the commands of a transaction (EXEC). forged: the reply to give in place of Redis's. mute: no reply any more.
    """

    __slots__ = ("name", "args", "commit", "orders", "undo", "inner", "queued", "silent", "forged", "mute", "left")

    def __init__(self, arguments: Sequence[bytes]):
        name = arguments[0].upper().decode("latin-1")
        self.args = arguments[1:]
        if name in _CONTAINERS and len(arguments) > 1:
            name = f"{name} {arguments[1].upper().decode('latin-1')}"
            self.args = arguments[2:]
        self.name = name
        self.commit: str | None = None
        self.orders: list[str | None] = []
        self.undo: list[Callable[[], None]] = []
        self.inner: list[Call] | None = None
        self.queued = False
        self.silent = False
        self.forged: bytes | None = None
        self.mute = False
        # replies to come; None: who knows
        self.left: int | None = len(self.args) or None if name in SUBSCRIBES | UNSUBSCRIBES else 1

    def withdraw(self) -> None:
        for undo in self.undo:
            undo()
        self.undo.clear()
        for each in self.inner or ():
            each.withdraw()


class Session:
    """What must be remembered of a connection."""

    __slots__ = ("conn", "book", "proto", "calls", "multi", "channels", "subscribed", "reading", "empty", "replies", "skip",
                 "looked", "monitor", "closed", "greeted", "muted", "scripts")

    def __init__(self, book: Book):
        self.conn = 0
        self.book = book
        self.proto = 2
        self.calls: deque[Call] = deque()  # not yet answered
        self.multi: list[Call] | None = None  # commands since MULTI
        self.channels: dict[str, set[bytes]] = {"": set(), "P": set(), "S": set()}  # subscribed: plain, patterns, shards
        self.subscribed = False  # RESP2: messages come in between the replies
        self.reading: set[tuple[str, str, str]] = set()  # (stream, group, consumer) that have read here
        self.looked = False  # at pending entries
        self.empty = False  # the last read found nothing
        self.replies = True  # CLIENT REPLY ON
        self.skip = False  # CLIENT REPLY SKIP
        self.monitor = False
        self.closed = False
        self.greeted = False
        self.muted = False
        self.scripts: set[bytes] = set()  # called here


class Added(NamedTuple):
    """XADD's arguments. trim: ("MAXLEN" or "MINID", whether exact, threshold), or None."""

    stream: str
    trim: tuple[str, bool, bytes] | None
    fields: Sequence[bytes]


class Reading(NamedTuple):
    """XREADGROUP's and XREAD's arguments. ids: stream -> id asked for."""

    group: str | None
    consumer: str | None
    noack: bool
    ids: dict[str, str]


def text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def order_in(values: Sequence[Any]) -> str | None:
    return tokens.find([v[:SEARCHED] for v in values if isinstance(v, bytes)])


def number(args: Sequence[bytes], at: int) -> int:
    return int(args[at])


def trimming(args: Sequence[bytes], at: int) -> tuple[str, bool, bytes, int]:
    """MAXLEN or MINID at this place: (which, whether exact, threshold, where it ends)."""
    which, exact = args[at].upper().decode(), True
    at += 1
    if args[at] in (b"~", b"="):
        exact = args[at] == b"="
        at += 1
    return which, exact, args[at], at + 1


def added(args: Sequence[bytes]) -> Added:
    stream, at, trim = text(args[0]), 1, None
    while True:
        word = args[at].upper()
        if word in (b"MAXLEN", b"MINID"):
            which, exact, threshold, at = trimming(args, at)
            trim = which, exact, threshold
        elif word == b"LIMIT" or word == b"IDMPAUTO":
            at += 2
        elif word == b"IDMP":
            at += 3
        elif word in (b"NOMKSTREAM", b"KEEPREF", b"DELREF", b"ACKED"):
            at += 1
        else:
            return Added(stream, trim, args[at + 1:])


def reading(args: Sequence[bytes]) -> Reading:
    group = consumer = None
    noack, at = False, 0
    while args[at].upper() != b"STREAMS":
        word = args[at].upper()
        if word == b"GROUP":
            group, consumer = text(args[at + 1]), text(args[at + 2])
            at += 3
        elif word == b"NOACK":
            noack = True
            at += 1
        else:  # COUNT, BLOCK, CLAIM
            at += 2
    rest = args[at + 1:]
    half = len(rest) // 2
    return Reading(group, consumer, noack, dict(zip(words(rest[:half]), words(rest[half:]))))


def ids(args: Sequence[bytes]) -> list[str]:
    """What follows IDS and a count (XACKDEL, XDELEX)."""
    at = next(i for i, word in enumerate(args) if word.upper() == b"IDS")
    return words(args[at + 2:at + 2 + number(args, at + 1)])
