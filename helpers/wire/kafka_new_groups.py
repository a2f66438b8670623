"""The consumer groups of KIP-848 (`group.protocol=consumer`), read by hand: kafka-python 3 has no classes for them.

One request, ConsumerGroupHeartbeat, is join, heartbeat and leave in one; its answer brings the assignment. Layout: Apache
Kafka's ConsumerGroupHeartbeatRequest.json and ConsumerGroupHeartbeatResponse.json, versions 0 and 1.
"""

import struct
from typing import Any
from uuid import UUID

from helpers.wire.decoder import Observation
from helpers.wire.kafka_api import error_name
from helpers.wire.kafka_session import Seen, Session

HEARTBEAT = 68
FRAME = "ConsumerGroupHeartbeat"
LEAVES = (-1, -2)  # member epochs that say goodbye; -2: a static member that will be back


class Reader:
    """Takes fields of a flexible version from a frame. Raises IndexError, struct.error where it ends too soon."""

    def __init__(self, data: bytes, at: int):
        self._data, self._at = data, at

    def number(self, form: str) -> int:
        value = struct.unpack_from(f">{form}", self._data, self._at)[0]
        self._at += struct.calcsize(form)
        return value

    def unsigned(self) -> int:
        value = shift = 0
        while True:
            byte = self._data[self._at]
            self._at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def raw(self, size: int) -> bytes:
        if self._at + size > len(self._data):
            raise IndexError("a field runs past the end of its message")
        piece = self._data[self._at:self._at + size]
        self._at += size
        return piece

    def text(self) -> str | None:
        size = self.unsigned()
        return self.raw(size - 1).decode("utf-8", "replace") if size else None

    def tags(self) -> None:
        for _ in range(self.unsigned()):
            self.unsigned()
            self.raw(self.unsigned())


def request(session: Session, frame: bytes, at: int) -> Seen:
    """`at`: where the header goes on behind the client id."""
    reader = Reader(frame, at)
    reader.tags()
    group, member, epoch = reader.text() or "", reader.text() or "", reader.number("i")
    members = session.book.new_members[session.actor]
    if epoch in LEAVES:
        members.discard((group, member))
        return Seen([Observation("cancelled", None, {"conn": session.conn}, FRAME,
                                 {"conn": session.conn, "group": group, "members": [member]})], (group, member))
    if member:
        members.add((group, member))
    return Seen(context=(group, member))


def response(session: Session, frame: bytes, context: tuple[str, str]) -> list[Observation]:
    group, member = context
    reader = Reader(frame, 8)
    reader.tags()
    reader.number("i")  # throttle time
    error = error_name(reader.number("h"))
    if error is not None:
        return [session.method(FRAME, group=group, error=error)]
    reader.text()  # error message
    member, epoch = reader.text() or member, reader.number("i")
    reader.number("i")  # heartbeat interval
    if epoch >= 0 and member:
        session.book.new_members[session.actor].add((group, member))
    if reader.number("b") < 0:  # no assignment: nothing has changed
        return []
    partitions: list[list[Any]] = []
    for _ in range(reader.unsigned() - 1):
        topic = session.book.topic(None, UUID(bytes=bytes(reader.raw(16))))
        partitions += [[topic, reader.number("i")] for _ in range(reader.unsigned() - 1)]
        reader.tags()
    return [Observation("subscribed", None, {"conn": session.conn}, FRAME,
                        {"conn": session.conn, "group": group, "member": member, "generation": epoch,
                         "topics": sorted({topic for topic, _ in partitions}), "partitions": partitions})]


def leave(group: str, member: str, correlation: int) -> bytes:
    """A request, version 0, that takes a member out of its group."""
    def text(value: str) -> bytes:
        return bytes([len(value.encode()) + 1]) + value.encode()

    # Instance, rack: none. Rebalance time-out: -1. Topics, assignor, assignment: none. No tags.
    body = text(group) + text(member) + struct.pack(">i", LEAVES[0]) + b"\0\0" + struct.pack(">i", -1) + b"\0\0\0\0"
    frame = struct.pack(">hhih", HEARTBEAT, 0, correlation, 0) + b"\0" + body
    return struct.pack(">i", len(frame)) + frame
