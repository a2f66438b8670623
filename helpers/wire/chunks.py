"""The raw bytes of a run, kept so that they can be decoded again.

A file is MAGIC, then records; a record is a header (big-endian) and its bytes:

    u64  time, ns of the monotonic clock
    u32  connection, counted from 1
    u8   what: 0 bytes from the client | 1 bytes from the broker | 2 a unit was swallowed | 3 the program was killed
         | 4 the connection ended
    u32  length of what follows

Bytes (0, 1) stand as they were received, before any fault. 2: u8 direction, u32 the unit's number in that direction.
3, 4: u32, u32 units seen in either direction until then; what was received later was neither relayed nor recorded.
4 goes on with who ended it, a line feed, and the text.
"""

import struct
import time
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

from helpers.wire.decoder import Decoder, Observation
from helpers.wire.events import Event, Journal

MAGIC = b"MQTAP\x00\x00\x01"
SWALLOWED, STOPPED, ENDED = 2, 3, 4
_HEADER = struct.Struct(">QIBI")
_COUNTS = struct.Struct(">II")
_UNIT = struct.Struct(">BI")


class Chunk(NamedTuple):
    t_ns: int
    conn: int
    what: int
    data: bytes


class Writer:
    """Appends records to a binary file; the caller closes it."""

    def __init__(self, file: BinaryIO, clock: Callable[[], int] = time.monotonic_ns):
        self._file, self._clock = file, clock
        file.write(MAGIC)

    def write(self, conn: int, what: int, data: bytes) -> None:
        self._file.write(_HEADER.pack(self._clock(), conn, what, len(data)))
        self._file.write(data)


def read(file: BinaryIO) -> Iterator[Chunk]:
    """The records of a file; one that a crash cut short ends the iteration. Raises ValueError if it is no such file."""
    if file.read(len(MAGIC)) != MAGIC:
        raise ValueError("not the raw bytes of a tap, or of another version")
    while len(header := file.read(_HEADER.size)) == _HEADER.size:
        t_ns, conn, what, length = _HEADER.unpack(header)
        data = file.read(length)
        if len(data) < length:
            return
        yield Chunk(t_ns, conn, what, data)


class _Link:
    def __init__(self, decoder: Decoder, conn: int, t_ns: int):
        self.decoder, self.last_client_ns = decoder, t_ns
        decoder.conn = conn
        self.units = [0, 0]
        self.raw = False


def replay(file: BinaryIO, decoder: Callable[[], Decoder], actor: str = "replay") -> list[Event]:
    """The events of a recorded run: those that the tap recorded then, with the times at which the bytes came."""
    records = list(read(file))
    swallowed = {(r.conn, *_UNIT.unpack(r.data)) for r in records if r.what == SWALLOWED}
    limits = {r.conn: _COUNTS.unpack_from(r.data) for r in records if r.what in (STOPPED, ENDED)}
    now = 0
    journal = Journal(clock=lambda: now)
    links: dict[int, _Link] = {}

    def tell(link: _Link, seen: Observation) -> None:
        data = seen.data
        if seen.kind == "closed":
            data = {**data, "client_silent_s": round((now - link.last_client_ns) / 1e9, 3)}
        journal.record("tap", actor, seen.kind, seen.order, pos=seen.pos, frame=seen.frame, **data)

    for now, conn, what, data in records:
        link = links.get(conn)
        if link is None:
            link = links[conn] = _Link(decoder(), conn, now)
        if what == ENDED:
            by, text = data[_COUNTS.size:].decode().split("\n", 1)
            for seen in link.decoder.lost(by, text):
                tell(link, seen)
        if what > 1 or link.raw:
            continue
        if what == 0:
            link.last_client_ns = now
        try:
            for unit in link.decoder.feed(what, data):
                link.units[what] += 1
                if link.units[what] > limits.get(conn, (1 << 32,) * 2)[what]:
                    break
                for seen in unit.observations:
                    tell(link, seen)
                if (conn, what, link.units[what]) in swallowed:
                    link.decoder.swallow(what, unit)
        except Exception as error:
            link.raw = True
            tell(link, Observation("undecoded", data={"conn": conn, "channel": None, "why": (str(error) or repr(error))[:200],
                                                      "by": ("client", "broker")[what]}))
    return journal.events
