"""AMQP 0-9-1 as the tap sees it: bytes into units, units into observations.

A unit is a frame, or a method with its content header and body frames. A frame of another channel that arrives within
a content is yielded before it: order holds within a channel, which is all that AMQP promises (specification, 4.7).

Transactions: on a channel after Tx.Select, settlements are told when Tx.CommitOk comes (`data["tx"]`, frame "Tx.CommitOk"),
as are publishes (`confirmed`). An action upon one of these applies to the Tx.CommitOk: the broker has committed, the
program does not hear of it. To act before the broker hears of it, act upon the `method` event "Tx.Commit", whose data
lists the orders it `settles` and `publishes`.

Swallowing: a swallowed confirm, publish, delivery or acknowledgement stays swallowed, although a later `multiple` of
the same channel reaches over it: from then on these are sent on as single ones.
"""

from collections.abc import Iterator

from helpers.wire import tokens
from helpers.wire.amqp_frames import (
    BODY, CONTENT, END, FRAME, HEADER, HEARTBEAT, HELLO, METHOD, OVERHEAD, SETTLE, body_size, method_id, read_properties,
)
from helpers.wire.amqp_messages import confirm, message, settle
from helpers.wire.amqp_methods import closed, observe
from helpers.wire.amqp_state import Session
from helpers.wire.decoder import BROKER, CLIENT, Observation, Undecodable, Unit

_SEARCHED = 65536  # how much of a body is looked through for an order's id
_LARGEST_UNTUNED = 131072  # RabbitMQ's default frame_max; before tuning, its limit is lower
_KINDS = frozenset({METHOD, HEADER, BODY, HEARTBEAT})


class _Content:
    """A method whose header and body are still arriving."""

    __slots__ = ("method", "frames", "start", "header", "missing", "head", "found")

    def __init__(self, method: int, frame: bytes, before: list[bytes]):
        self.method = method
        self.start = frame
        self.frames = [*before, frame]
        self.header = b""
        self.missing = 0
        self.head: list[bytes] = []  # the beginning of the body
        self.found = 0  # its length

    def body(self, frame: bytes) -> None:
        self.frames.append(frame)
        self.missing -= len(frame) - OVERHEAD
        if self.found < _SEARCHED:
            piece = frame[FRAME.size:-1][:_SEARCHED - self.found]
            self.found += len(piece)
            self.head.append(piece)


class AMQP:
    """`decoder.Decoder` for AMQP 0-9-1."""

    def __init__(self) -> None:
        self._session = Session()
        self._held = [b"", b""]  # bytes of a frame not yet complete
        self._greeted = [False, False]
        self._contents: tuple[dict[int, _Content], dict[int, _Content]] = ({}, {})

    @property
    def conn(self) -> int:
        return self._session.conn

    @conn.setter
    def conn(self, number: int) -> None:
        self._session.conn = number

    def feed(self, direction: int, data: bytes) -> Iterator[Unit]:
        held = self._held[direction]
        buffer = held + data if held else data
        at, end = 0, len(buffer)
        try:
            if not self._greeted[direction]:
                at = self._greet(direction, buffer)
                if at:
                    yield Unit(buffer[:at])
            while self._greeted[direction] and end - at >= FRAME.size:
                kind, channel, size = FRAME.unpack_from(buffer, at)
                if kind not in _KINDS:
                    raise Undecodable(f"a frame of type {kind}")
                if size > max(self._session.frame_max, _LARGEST_UNTUNED):
                    raise Undecodable(f"a frame of {size} bytes")
                stop = at + size + OVERHEAD
                if stop > end:
                    break
                if buffer[stop - 1] != END:
                    raise Undecodable("a frame without its end octet")
                frame = buffer[at:stop]
                at = stop
                unit = self._take(direction, kind, channel, frame)
                if unit is not None:
                    yield unit
        finally:
            self._held[direction] = buffer[at:]

    def _greet(self, direction: int, buffer: bytes) -> int:
        """Length of the protocol header at the start of the stream; 0 if there is none, or not all of it yet."""
        if direction == BROKER and buffer[:1] and not buffer.startswith(b"A"):
            self._greeted[BROKER] = True  # a broker sends one only to refuse the client's
            return 0
        start = buffer[:len(HELLO)]
        if not HELLO.startswith(start):
            raise Undecodable(f"not AMQP 0-9-1: {'TLS' if start[0] == 0x16 else start!r}")
        if len(start) < len(HELLO):
            return 0
        self._greeted[direction] = True
        return len(HELLO)

    def swallow(self, direction: int, unit: Unit) -> tuple[bytes, bytes]:
        if unit.withdraw is not None:
            unit.withdraw()
        return b"", b""

    def rest(self, direction: int) -> bytes:
        contents = self._contents[direction]
        parts = [frame for content in contents.values() for frame in content.frames]
        contents.clear()
        parts.append(self._held[direction])
        self._held[direction] = b""
        return b"".join(parts)

    def lost(self, by: str, text: str) -> list[Observation]:
        if self._session.closed:
            return []
        self._session.closed = True
        return [closed(self._session, by, None, text)]

    # --- frames

    def _take(self, direction: int, kind: int, channel: int, frame: bytes) -> Unit | None:
        """Account for one frame; the unit that it completes, if any."""
        if kind == HEARTBEAT:
            return Unit(frame)
        contents = self._contents[direction]
        if kind == METHOD:
            try:
                method = method_id(frame)
            except Exception as error:
                return self._puzzled(channel, frame, error)
            cut = contents.pop(channel, None)
            before = cut.frames if cut else []
            if method in CONTENT:
                contents[channel] = _Content(method, frame, before)
                return None
            unit = self._method(direction, channel, method, frame)
            if before:
                unit.raw = b"".join([*before, unit.raw])
            return unit
        content = contents.get(channel)
        if content is None or (kind == HEADER) == bool(content.header):
            return self._puzzled(channel, frame, "a content frame out of place")
        if kind == HEADER:
            content.frames.append(frame)
            content.header = frame
            try:
                content.missing = body_size(frame)
            except Exception as error:
                del contents[channel]
                return self._puzzled(channel, b"".join(content.frames), error)
        else:
            content.body(frame)
        if content.missing > 0:
            return None
        del contents[channel]
        frames = content.frames
        raw = b"".join(frames)
        try:
            properties = read_properties(content.header)
            order = tokens.find(content.header, b"".join(content.head))  # headers stand first among the properties
            return message(self._session, channel, content.method, content.start, raw, properties, order)
        except Exception as error:
            return self._puzzled(channel, raw, error)

    def _puzzled(self, channel: int, raw: bytes, why: object) -> Unit:
        """A well-formed frame whose contents make no sense: relayed as it is, and told."""
        return Unit(raw, [Observation("undecoded", None, None, None,
                                      {"conn": self.conn, "channel": channel, "why": str(why)[:200] or repr(why)})])

    def _method(self, direction: int, channel: int, method: int, frame: bytes) -> Unit:
        try:
            if method in SETTLE:
                if direction == CLIENT:
                    return settle(self._session, channel, method, frame)
                return confirm(self._session, channel, method, frame)
            return Unit(frame, observe(self._session, direction, channel, frame))
        except Exception as error:
            return self._puzzled(channel, frame, error)
