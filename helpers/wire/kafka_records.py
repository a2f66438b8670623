"""Kafka's record batches, read by hand as far as the tap tells of them (kafka-python reads the ones of before 2017).

Layout: Kafka documentation, "Message Format" (record batch, magic 2); varints are zigzag encoded.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from kafka.codec import gzip_decode, lz4_decode, snappy_decode, zstd_decode
from kafka.record.memory_records import MemoryRecords

from helpers.wire import tokens

COMPRESSION = {0: None, 1: "gzip", 2: "snappy", 3: "lz4", 4: "zstd"}
_DECODERS = {1: gzip_decode, 2: snappy_decode, 3: lz4_decode, 4: zstd_decode}
_HEADER = struct.Struct(">qiibIhiqqqhii")
_FRAME = struct.Struct(">qi")  # offset, length of what follows
_CONTROL = struct.Struct(">hh")  # key of a control record: version, type
_MAGIC_AT, _MAGIC = 16, 2
_TRANSACTIONAL, _CONTROL_BATCH = 0x10, 0x20
_KEY_KEPT, _HEADERS_KEPT = 60, 16
_find = tokens.PATTERN.search


class Record(NamedTuple):
    """Of `key`, `headers` (their names), `value` and `contents` (of the headers) there is only what was asked for."""

    offset: int
    order: str | None
    key: str | None = None
    headers: list[str] | None = None
    value: bytes | None = None
    contents: dict[str, bytes] | None = None


class Batch(NamedTuple):
    """`last`: the offset of its last record. `aborts`: a control batch that ends a transaction by aborting it."""

    last: int
    compression: str | None
    transactional: bool
    control: bool
    aborts: bool
    producer_id: int
    epoch: int
    sequence: int
    records: list[Record]


def batches(data: bytes | memoryview | None, whole: bool = False, values: bool = False) -> Iterator[Batch]:
    """The batches of a record set; one that is cut off at its end is left out.

    `whole`: with keys and header names; `values`: also with all that they hold.

    Raises ValueError, IndexError, struct.error, or a codec's own error where the bytes make no sense.
    """
    data = bytes(data or b"")
    at, end = 0, len(data)
    while end - at > _MAGIC_AT:
        base, length = _FRAME.unpack_from(data, at)
        if length <= 0:
            raise ValueError(f"a record batch of {length} bytes")
        stop = at + _FRAME.size + length
        if stop > end:
            return
        if data[at + _MAGIC_AT] == _MAGIC:
            yield _batch(data, at, stop, base, whole or values, values)
        else:
            yield _legacy(data[at:stop])
        at = stop


def _batch(data: bytes, at: int, stop: int, base: int, whole: bool, values: bool) -> Batch:
    _, _, _, _, _, attributes, last, _, _, producer_id, epoch, sequence, count = _HEADER.unpack_from(data, at)
    codec = attributes & 7
    at += _HEADER.size
    if codec:
        data = bytes(_DECODERS[codec](data[at:stop]))
        at, stop = 0, len(data)
    control = bool(attributes & _CONTROL_BATCH)
    aborts = False
    if control:
        records = []
        key = _first_key(data, at)
        aborts = len(key) >= _CONTROL.size and _CONTROL.unpack_from(key)[1] == 0
    else:
        records = list(_records(data, at, stop, base, count, whole, values))
    transactional = bool(attributes & _TRANSACTIONAL)
    return Batch(base + last, COMPRESSION.get(codec), transactional, control, aborts, producer_id, epoch, sequence, records)


def _legacy(data: bytes) -> Batch:
    read = list(MemoryRecords(data).next_batch())
    records = [Record(r.offset, tokens.find(r.key, r.value), _text(r.key), [], r.value, {}) for r in read]
    return Batch(read[-1].offset, None, False, False, False, -1, -1, -1, records)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return (value >> 1) ^ -(value & 1), at
        shift += 7
        if shift > 63:
            raise ValueError("a varint that does not end")


def _records(data: bytes, at: int, stop: int, base: int, count: int, whole: bool, values: bool,
             ) -> Iterator[Record]:
    for _ in range(count):
        length, at = _varint(data, at)
        end = at + length
        if length < 0 or end > stop:
            raise ValueError("a record runs past the end of its batch")
        place = at + 1  # attributes
        while data[place] & 0x80:  # time stamp delta
            place += 1
        delta, place = _varint(data, place + 1)
        first = _find(data, place, end)
        if first is None:
            order = None
        elif (second := _find(data, first.end(), end)) is None or second.group() == first.group():
            order = first.group().decode()
        else:
            order = _order(data, place, end)
        if whole:
            key, value, headers = _parts(data, place, end)
            yield Record(base + delta, order, _text(key), [name for name, _ in headers][:_HEADERS_KEPT],
                         value if values else None, dict(headers) if values else None)
        else:
            yield Record(base + delta, order)
        at = end


def _parts(data: bytes, at: int, end: int) -> tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]:
    """Key, value, headers of a record."""
    key, at = _piece(data, at)
    value, at = _piece(data, at)
    count, at = _varint(data, at)
    headers = []
    for _ in range(count):
        name, at = _piece(data, at)
        content, at = _piece(data, at)
        if at > end:
            raise ValueError("a header runs past the end of its record")
        headers.append(((name or b"").decode("utf-8", "replace"), content or b""))
    return key, value, headers


def _piece(data: bytes, at: int) -> tuple[bytes | None, int]:
    length, at = _varint(data, at)
    return (None, at) if length < 0 else (data[at:at + length], at + length)


def _order(data: bytes, at: int, end: int) -> str | None:
    key, value, headers = _parts(data, at, end)
    return tokens.find([content for _, content in headers], key, value)


def _first_key(data: bytes, at: int) -> bytes:
    _, at = _varint(data, at)
    _, at = _varint(data, at + 1)
    _, at = _varint(data, at)
    return _piece(data, at)[0] or b""


def _text(key: bytes | None) -> str | None:
    return None if key is None else bytes(key[:_KEY_KEPT]).decode("utf-8", "replace")
