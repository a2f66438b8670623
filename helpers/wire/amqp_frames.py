"""AMQP 0-9-1 frames: their layout, and the hot methods read by hand (pamqp reads all the others).

Layout: AMQP 0-9-1 specification, 2.3.5 (frames), 4.2.6 (content), and the class definitions of `basic`.
"""

import struct
from typing import Any, NamedTuple

from pamqp import decode

HELLO = b"AMQP\x00\x00\x09\x01"
FRAME = struct.Struct(">BHI")  # type, channel, size of the payload; then the payload, then END
END = 0xCE
OVERHEAD = FRAME.size + 1
METHOD, HEADER, BODY, HEARTBEAT = 1, 2, 3, 8
ARGUMENTS = 11  # where a method's arguments begin: frame header, class id, method id

PUBLISH, RETURN, DELIVER, GET_OK = 0x3C0028, 0x3C0032, 0x3C003C, 0x3C0047  # class id << 16 | method id
ACK, REJECT, NACK = 0x3C0050, 0x3C005A, 0x3C0078
CONTENT = frozenset({PUBLISH, RETURN, DELIVER, GET_OK})
SETTLE = {ACK: "Basic.Ack", REJECT: "Basic.Reject", NACK: "Basic.Nack"}

_METHOD_ID = struct.Struct(">I")
_SETTLE = struct.Struct(">QB")
_U16 = struct.Struct(">H")
_U32 = struct.Struct(">I")
_U64 = struct.Struct(">Q")
_FULL_SETTLE = struct.Struct(">BHIIQBB")
_HEADERS_KEPT, _TEXT_KEPT = 16, 200


class Properties(NamedTuple):
    """What the tap tells of a content header. `headers` is the table, cut down to what fits a line of the journal."""

    size: int
    content_type: str | None
    delivery_mode: int | None
    message_id: str | None
    headers: dict[str, Any]
    expiration: str | None = None


def method_id(frame: bytes) -> int:
    return _METHOD_ID.unpack_from(frame, FRAME.size)[0]


def body_size(header: bytes) -> int:
    return _U64.unpack_from(header, ARGUMENTS)[0]


def _text(frame: bytes, at: int) -> tuple[str, int]:
    stop = at + 1 + frame[at]
    if stop >= len(frame):
        raise ValueError("a string runs past the end of its frame")
    return frame[at + 1:stop].decode("utf-8", "replace"), stop


def read_publish(frame: bytes) -> tuple[str, str, bool]:
    """Exchange, routing key, mandatory."""
    exchange, at = _text(frame, ARGUMENTS + 2)
    key, at = _text(frame, at)
    return exchange, key, bool(frame[at] & 1)


def read_deliver(frame: bytes) -> tuple[str, int, bool, str, str]:
    """Consumer tag, delivery tag, redelivered, exchange, routing key."""
    consumer, at = _text(frame, ARGUMENTS)
    return (consumer, *_delivery(frame, at))


def read_get_ok(frame: bytes) -> tuple[int, bool, str, str]:
    """Delivery tag, redelivered, exchange, routing key."""
    return _delivery(frame, ARGUMENTS)


def _delivery(frame: bytes, at: int) -> tuple[int, bool, str, str]:
    tag, redelivered = _SETTLE.unpack_from(frame, at)
    exchange, at = _text(frame, at + 9)
    key, _ = _text(frame, at)
    return tag, bool(redelivered), exchange, key


def read_return(frame: bytes) -> tuple[int, str, str, str]:
    """Reply code, reply text, exchange, routing key."""
    text, at = _text(frame, ARGUMENTS + 2)
    exchange, at = _text(frame, at)
    key, _ = _text(frame, at)
    return _U16.unpack_from(frame, ARGUMENTS)[0], text, exchange, key


def read_settle(frame: bytes, method: int) -> tuple[int, bool, bool]:
    """Tag, multiple, requeue."""
    if len(frame) < _FULL_SETTLE.size:
        raise ValueError("an acknowledgement without its arguments")
    tag, bits = _SETTLE.unpack_from(frame, ARGUMENTS)
    if method == ACK:
        return tag, bool(bits & 1), False
    if method == REJECT:
        return tag, False, bool(bits & 1)
    return tag, bool(bits & 1), bool(bits & 2)


def write_settle(channel: int, method: int, tag: int, requeue: bool) -> bytes:
    """A frame that settles one tag: Basic.Ack, Basic.Reject or Basic.Nack."""
    bits = 0 if method == ACK or not requeue else 1 if method == REJECT else 2
    return _FULL_SETTLE.pack(METHOD, channel, 13, method, tag, bits, END)


def read_properties(frame: bytes) -> Properties:
    """The parts of a content header that are told. Properties stand in the order of their flag bits."""
    flags = _U16.unpack_from(frame, 19)[0]
    at = 21
    content_type = mode = message_id = expiration = None
    headers: dict[str, Any] = {}
    if flags & 0x8000:
        content_type, at = _text(frame, at)
    if flags & 0x4000:  # content-encoding
        _, at = _text(frame, at)
    if flags & 0x2000:
        length = _U32.unpack_from(frame, at)[0]
        if at + 4 + length >= len(frame):
            raise ValueError("the headers run past the end of their frame")
        if length:
            headers = _table(frame[at:at + 4 + length])
        at += 4 + length
    if flags & 0x1000:
        mode, at = frame[at], at + 1
    if flags & 0x0800:  # priority
        at += 1
    if flags & 0x0180:
        for flag in (0x0400, 0x0200):  # correlation-id, reply-to
            if flags & flag:
                _, at = _text(frame, at)
        if flags & 0x0100:
            expiration, at = _text(frame, at)
        if flags & 0x0080:
            message_id, _ = _text(frame, at)
    return Properties(body_size(frame), content_type, mode, message_id, headers, expiration)


def _table(raw: bytes) -> dict[str, Any]:
    try:
        table = decode.field_table(raw)[1]
    except Exception:  # an exotic field type: the message itself is none the worse for it
        return {"(unreadable)": True}
    return small(table)


def small(table: dict[str, Any] | None) -> dict[str, Any]:
    """A table as it stands in the journal: at most 16 entries, plain values, long ones cut at 200 characters."""
    return {str(k): _plain(v) for k, v in list((table or {}).items())[:_HEADERS_KEPT]}


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, (bytes, bytearray)):
        value = bytes(value).decode("utf-8", "replace")
    return str(value)[:_TEXT_KEPT]
