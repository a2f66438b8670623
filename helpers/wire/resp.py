"""RESP, Redis's serialisation protocol, versions 2 and 3: a byte stream cut into values, each with its own bytes.

Source: Redis documentation, "Redis serialization protocol specification". A value is None, bytes (simple and bulk strings,
verbatim strings, doubles, big numbers), int, bool, `Failure`, or a list; a map is a list of [key, value].
"""

from collections.abc import Iterable
from typing import Any

from helpers.wire.decoder import Undecodable

CRLF = b"\r\n"
LARGEST_STRING = 512 * 2**20  # Redis's default proto-max-bulk-len
LONGEST_LINE = 64 * 2**10  # Redis's limit for an inline command
MOST_ARGUMENTS = 2**20  # Redis's limit for the arguments of a command
MOST_ELEMENTS = 2**27  # in a reply; beyond it a damaged length is likelier than a reply

_STRING, _FLAT, _MAPS = b"$!=", b"*~>", b"%|"
_ATTRIBUTE, _PUSH = ord("|"), ord(">")
_KINDS = frozenset(b"+-:$*_#,(!=%~>|")


class Failure(str):
    """An error reply, such as "NOGROUP No such key ..."."""

    @property
    def code(self) -> str:
        return self.split(" ", 1)[0]


class Push(list):
    """What the server sends unasked, in RESP3."""


def encode(*arguments: bytes | str | int) -> bytes:
    """A command as clients send it."""
    raw = [a if isinstance(a, bytes) else str(a).encode() for a in arguments]
    return b"*%d\r\n" % len(raw) + b"".join(b"$%d\r\n%b\r\n" % (len(a), a) for a in raw)


class Stream:
    """One direction of a connection. `add` bytes, `take` values until there is None.

    requests: True for what a client sends: arrays of bulk strings, or inline commands (a line of words).
    What has been parsed of a value that is still arriving is not parsed again, nor copied.
    """

    def __init__(self, requests: bool):
        self._requests = requests
        self._buffer = b""
        self._at = 0  # up to here parsed
        self._start = 0  # here begins what `_before` does not hold
        self._before: list[bytes] = []  # of the value that is still arriving: its bytes, from earlier buffers
        self._waiting: list[bytes] = []  # received, and too little to go on
        self._wanted = 0  # bytes that are wanted before it is worth while to go on
        self._stack: list[list] = []  # containers still open: [items, missing, kind]

    def add(self, data: bytes) -> None:
        self._waiting.append(data)
        self._wanted -= len(data)

    def rest(self) -> bytes:
        """Take out everything that was added and not taken."""
        raw = b"".join([*self._before, self._buffer[self._start:], *self._waiting])
        self._buffer, self._at, self._start, self._wanted = b"", 0, 0, 0
        self._before, self._waiting, self._stack = [], [], []
        return raw

    def take(self) -> tuple[bytes, Any] | None:
        """The next value that is complete: (its bytes, the value). Raises Undecodable; `rest` then begins with its bytes."""
        if self._waiting and self._wanted <= 0:
            left = self._buffer[self._at:]
            if self._at > self._start:
                self._before.append(self._buffer[self._start:self._at])
            self._buffer = b"".join([left, *self._waiting]) if left or len(self._waiting) > 1 else self._waiting[0]
            self._waiting.clear()
            self._at = self._start = 0
        elif self._wanted > 0:
            return None
        if self._requests and not self._stack and self._buffer[self._at:self._at + 1] not in (b"*", b""):
            return self._inline()
        return self._value()

    def _done(self, at: int, value: Any) -> tuple[bytes, Any]:
        raw = self._buffer[self._start:at]
        if self._before:
            raw = b"".join([*self._before, raw])
            self._before.clear()
        self._at = self._start = at
        return raw, value

    def _stop(self, at: int, wanted: int = 1) -> None:
        """There is not enough to go on from `at`."""
        self._at, self._wanted = at, wanted

    def _inline(self) -> tuple[bytes, Any] | None:
        end = self._buffer.find(b"\n", self._at)
        line = self._buffer[self._at:end if end >= 0 else None]
        if len(line) > LONGEST_LINE or any(c < 32 and c not in b"\t\r" for c in line[:64]):
            raise Undecodable("TLS" if line[:1] == b"\x16" else f"neither RESP nor an inline command: {line[:16]!r}")
        if end < 0:
            return self._stop(self._at)
        return self._done(end + 1, split_inline(line))

    def _value(self) -> tuple[bytes, Any] | None:
        buffer, at, stack = self._buffer, self._at, self._stack
        size = len(buffer)
        while True:
            end = buffer.find(CRLF, at)
            if end < 0:
                if at < size and buffer[at] not in _KINDS:
                    raise Undecodable(f"not RESP: {buffer[at:at + 16]!r}")
                if size - at > LONGEST_LINE and buffer[at] not in b"+-":
                    raise Undecodable("a length without an end")
                return self._stop(at)
            kind = buffer[at]
            if kind == 36 or kind in b"!=":  # "$"
                length = _number(buffer, at, end)
                if length < 0 and not self._requests:
                    value: Any = _nothing(length)
                    at = end + 2
                else:
                    if not 0 <= length <= LARGEST_STRING:
                        raise Undecodable(f"a string of {length} bytes")
                    stop = end + 4 + length
                    if stop > size:
                        return self._stop(at, stop - size)
                    if buffer[stop - 2:stop] != CRLF:
                        raise Undecodable("a string without its end")
                    value = buffer[end + 2:stop - 2]
                    if kind != 36:
                        value = Failure(value.decode("utf-8", "replace")) if kind == 33 else value[4:]
                    at = stop
            elif kind in b"*~>%|":
                if self._requests and (stack or kind != 42):
                    raise Undecodable("a command that is no array of strings")
                count = _number(buffer, at, end)
                if count > (MOST_ARGUMENTS if self._requests else MOST_ELEMENTS):
                    raise Undecodable(f"an array of {count} elements")
                at = end + 2
                if count > 0:
                    stack.append([[], count * 2 if kind in _MAPS else count, kind])
                    continue
                if kind == _ATTRIBUTE:
                    continue
                value = [] if count == 0 or self._requests else _nothing(count)
            else:
                if self._requests:
                    raise Undecodable(f"a command that is no array of strings: {buffer[at:at + 16]!r}")
                value = _line(kind, buffer[at + 1:end])
                at = end + 2
            while stack:
                top = stack[-1]
                top[0].append(value)
                top[1] -= 1
                if top[1]:
                    break
                items, _, kind = stack.pop()
                if kind == _ATTRIBUTE:  # stands before a value, and is none
                    break
                value = _closed(kind, items)
            else:
                return self._done(at, value)


def _number(buffer: bytes, at: int, end: int) -> int:
    try:
        return int(buffer[at + 1:end])
    except ValueError:
        raise Undecodable(f"not a length: {buffer[at:min(end, at + 16)]!r}") from None


def _nothing(length: int) -> None:
    if length != -1:
        raise Undecodable(f"a length of {length}")


def _closed(kind: int, items: list) -> list:
    if kind == 37:  # "%"
        return [[items[i], items[i + 1]] for i in range(0, len(items), 2)]
    return Push(items) if kind == _PUSH else items


def _line(kind: int, text: bytes) -> Any:
    match kind:
        case 58:  # ":"
            try:
                return int(text)
            except ValueError:
                raise Undecodable(f"not a number: {text[:16]!r}") from None
        case 43 | 44 | 40:  # "+" "," "("
            return text
        case 45:  # "-"
            return Failure(text.decode("utf-8", "replace"))
        case 95:  # "_"
            return None
        case 35:  # "#"
            return text == b"t"
    raise Undecodable(f"not RESP: {bytes([kind])!r}")


_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "a": "\a"}


def split_inline(line: bytes) -> list[bytes]:
    """The words of an inline command, quoted as redis-cli quotes. Raises Undecodable for quotes that do not match."""
    text, words, at = line.decode("latin-1"), [], 0
    while True:
        while at < len(text) and text[at].isspace():
            at += 1
        if at == len(text):
            return [word.encode("latin-1") for word in words]
        word, quote = "", ""
        while at < len(text) and (quote or not text[at].isspace()):
            char = text[at]
            if not quote and char in "\"'":
                quote = char
            elif char == quote:
                quote = ""
                if at + 1 < len(text) and not text[at + 1].isspace():
                    raise Undecodable("an inline command whose quotes do not match")
            elif quote and char == "\\" and at + 1 < len(text) and (quote == '"' or text[at + 1] == "'"):
                at += 1
                if text[at] == "x" and quote == '"' and (code := text[at + 1:at + 3]) and len(code) == 2 and _hex(code):
                    word += chr(int(code, 16))
                    at += 2
                else:
                    word += _ESCAPES.get(text[at], text[at]) if quote == '"' else text[at]
            else:
                word += char
            at += 1
        if quote:
            raise Undecodable("an inline command whose quotes do not match")
        words.append(word)


def _hex(code: str) -> bool:
    return all(c in "0123456789abcdefABCDEF" for c in code)


def reply(value: Any) -> bytes:
    """A reply as Redis sends it: int, None, bytes (a simple string) or a list of such."""
    if isinstance(value, list):
        return b"*%d\r\n" % len(value) + b"".join(map(reply, value))
    if isinstance(value, int):
        return b":%d\r\n" % value
    return b"$-1\r\n" if value is None else b"+%b\r\n" % value


def words(values: Iterable[Any]) -> list[str]:
    """Byte strings as text, for events."""
    return [v.decode("utf-8", "replace") if isinstance(v, bytes) else str(v) for v in values]
