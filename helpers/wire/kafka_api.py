"""Kafka's requests and responses by number and version, on kafka-python's own classes, which read and write both directions.

Layout: Kafka documentation, "Kafka Protocol Guide" (request header 1 and 2, response header 0 and 1).
"""

import struct
from typing import Any

from kafka.errors import for_code
from kafka.protocol import admin, consumer, metadata, producer

from helpers.wire.decoder import Undecodable

PRODUCE, FETCH, LIST_OFFSETS, METADATA, OFFSET_COMMIT, OFFSET_FETCH, FIND_COORDINATOR = 0, 1, 2, 3, 8, 9, 10
JOIN_GROUP, HEARTBEAT, LEAVE_GROUP, SYNC_GROUP, API_VERSIONS, CREATE_TOPICS, DELETE_TOPICS = 11, 12, 13, 14, 18, 19, 20
DELETE_RECORDS, INIT_PRODUCER_ID, ADD_PARTITIONS, ADD_OFFSETS, END_TXN, TXN_OFFSET_COMMIT = 21, 22, 24, 25, 26, 28
CREATE_PARTITIONS, DESCRIBE_CLUSTER = 37, 60
UNREADABLE = frozenset({78, 79})
"""ShareFetch, ShareAcknowledge: they carry records and acknowledgements, and kafka-python has no classes for them."""

_NAMES = {
    producer: ("Produce", "InitProducerId", "AddPartitionsToTxn", "AddOffsetsToTxn", "EndTxn", "TxnOffsetCommit"),
    consumer: ("Fetch", "ListOffsets", "OffsetCommit", "OffsetFetch", "JoinGroup", "SyncGroup", "Heartbeat", "LeaveGroup"),
    metadata: ("Metadata", "FindCoordinator", "ApiVersions"),
    admin: ("CreateTopics", "DeleteTopics", "DeleteRecords", "CreatePartitions", "DescribeCluster", "DeleteGroups"),
}
REQUESTS: dict[int, Any] = {}
RESPONSES: dict[int, Any] = {}
for _module, _names in _NAMES.items():
    for _name in _names:
        _request = getattr(_module, f"{_name}Request")
        REQUESTS[_request.API_KEY] = _request
        RESPONSES[_request.API_KEY] = getattr(_module, f"{_name}Response")
NAMES = {key: request.__name__.removesuffix("Request") for key, request in REQUESTS.items()}

_HEAD = struct.Struct(">hhih")  # api key, api version, correlation id, length of the client id
_MOST_KEYS, _MOST_VERSIONS = 1000, 100  # beyond these it is no Kafka


def read_head(frame: bytes) -> tuple[int, int, int, str, int]:
    """Api key, version, correlation id, client id, and where the header goes on. `frame` begins with its size.

    Raises Undecodable where this cannot be the header of a Kafka request.
    """
    if len(frame) < 4 + _HEAD.size:
        raise Undecodable(f"a Kafka request of {len(frame) - 4} bytes")
    key, version, correlation, length = _HEAD.unpack_from(frame, 4)
    at = 4 + _HEAD.size
    if not (0 <= key < _MOST_KEYS and 0 <= version < _MOST_VERSIONS and -1 <= length <= len(frame) - at):
        raise Undecodable(f"not a Kafka request: api key {key}, version {version}")
    client = frame[at:at + max(length, 0)].decode("utf-8", "replace")
    return key, version, correlation, client, at + max(length, 0)


def read_request(frame: bytes, key: int, version: int, at: int) -> Any:
    """The body of a request whose header was read as far as `at`. Raises anything where it makes no sense."""
    request = REQUESTS[key]
    if request.flexible_version_q(version):
        at = _skip_tags(frame, at)
    return request.decode(memoryview(frame)[at:], version=version)


def read_response(frame: bytes, key: int, version: int) -> Any:
    """The body of a response to (key, version). Raises anything where it makes no sense."""
    response = RESPONSES[key]
    at = 8
    if key != API_VERSIONS and response.flexible_version_q(version):
        at = _skip_tags(frame, at)
    return response.decode(memoryview(frame)[at:], version=version)


def write_response(message: Any, version: int, correlation: int) -> bytes:
    message._version = version  # its setter asks for a header, which a message that was read does not have
    message.with_header(correlation)
    return bytes(message.encode(header=True, framed=True))


def _skip_tags(frame: bytes, at: int) -> int:
    count, at = _unsigned(frame, at)
    for _ in range(count):
        _, at = _unsigned(frame, at)
        size, at = _unsigned(frame, at)
        at += size
    return at


def _unsigned(frame: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = frame[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def error_name(code: int) -> str | None:
    """The protocol's own name, "REBALANCE_IN_PROGRESS"; None for 0."""
    return (getattr(for_code(code), "message", None) or f"error {code}") if code else None
