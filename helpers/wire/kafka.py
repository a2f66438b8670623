"""Kafka as the tap sees it: each request and each response is a unit.

An acknowledgement is told when the program's OffsetCommit passes, one event for each record that it newly covers in its
group; should the broker refuse it, `refused` with the same `data["commit"]` takes them back. Offsets sent to a transaction
are told at its EndTxn. "Delivered" is what a Fetch brings at or after the offset asked for: it says that a record has
reached the client's buffer, not that the program has seen it.

Answers that name brokers' addresses are rewritten to the tap's, once it has said where it listens (`advertise`).
"""

import struct
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from kafka.protocol import producer

from helpers.wire import kafka_admin as topics
from helpers.wire import kafka_api as api
from helpers.wire import kafka_groups as groups
from helpers.wire import kafka_messages as messages
from helpers.wire import kafka_new_groups as new_groups
from helpers.wire.decoder import CLIENT, Observation, Undecodable, Unit
from helpers.wire.kafka_book import Book
from helpers.wire.kafka_session import Seen, Session

_SIZE = struct.Struct(">i")
_CORRELATION = struct.Struct(">i")
_LARGEST = 104_857_600  # socket.request.max.bytes of a broker

_REQUESTS: dict[int, Callable[[Session, Any], Seen]] = {
    api.PRODUCE: messages.produce, api.FETCH: messages.fetch, api.OFFSET_COMMIT: groups.commit,
    api.OFFSET_FETCH: groups.offset_fetch, api.LIST_OFFSETS: groups.list_offsets, api.JOIN_GROUP: groups.join,
    api.SYNC_GROUP: groups.sync, api.HEARTBEAT: groups.heartbeat, api.LEAVE_GROUP: groups.leave,
    api.INIT_PRODUCER_ID: groups.init_producer, api.ADD_PARTITIONS: groups.add_partitions, api.END_TXN: groups.end_txn,
    api.TXN_OFFSET_COMMIT: groups.txn_commit, api.CREATE_TOPICS: topics.create_topics,
    api.CREATE_PARTITIONS: topics.create_partitions,
}
_RESPONSES: dict[int, Callable[[Session, Any, Any], list[Observation]]] = {
    api.PRODUCE: messages.produced, api.FETCH: messages.fetched, api.OFFSET_COMMIT: groups.committed,
    api.OFFSET_FETCH: groups.offsets_found, api.LIST_OFFSETS: groups.offsets_listed, api.JOIN_GROUP: groups.joined,
    api.SYNC_GROUP: groups.synced, api.HEARTBEAT: groups.heartbeaten, api.INIT_PRODUCER_ID: groups.producer_ready,
    api.END_TXN: groups.txn_ended, api.TXN_OFFSET_COMMIT: groups.txn_committed, api.CREATE_TOPICS: topics.topics_created,
    api.CREATE_PARTITIONS: topics.partitions_created, api.DELETE_TOPICS: topics.topics_deleted,
    api.DELETE_RECORDS: topics.records_deleted, api.METADATA: topics.metadata,
    api.FIND_COORDINATOR: lambda *_: [], api.DESCRIBE_CLUSTER: lambda *_: [],
}
_ADDRESSED = frozenset({api.PRODUCE, api.FETCH, api.METADATA, api.FIND_COORDINATOR, api.DESCRIBE_CLUSTER})


class _Asked(NamedTuple):
    """A request on its way to be answered. `message`: its body, where it is read."""

    key: int
    version: int
    correlation: int
    context: Any
    message: Any
    unreadable: bool = False


class Kafka:
    """`decoder.Decoder` for Kafka. `book` is shared by the decoders of a run."""

    def __init__(self, book: Book | None = None) -> None:
        self._session = Session(book or Book())
        self._held = [b"", b""]
        self._asked: dict[int, _Asked] = {}
        self._last: _Asked | None = None  # the request yielded last

    @property
    def conn(self) -> int:
        return self._session.conn

    @conn.setter
    def conn(self, number: int) -> None:
        self._session.conn = number

    def advertise(self, host: str, port: int, actor: str = "") -> None:
        """The tap listens there, for this program: clients are to believe that the broker does."""
        self._session.address, self._session.actor = (host, port), actor

    def feed(self, direction: int, data: bytes) -> Iterator[Unit]:
        held = self._held[direction]
        buffer = held + data if held else data
        at, end = 0, len(buffer)
        try:
            while end - at >= _SIZE.size:
                size = _SIZE.unpack_from(buffer, at)[0]
                if not 4 <= size <= _LARGEST:
                    raise Undecodable(f"not Kafka: {'TLS' if buffer[at] == 0x16 else f'a message of {size} bytes'}")
                stop = at + _SIZE.size + size
                if stop > end:
                    break
                frame = buffer[at:stop]
                unit = self._request(frame) if direction == CLIENT else self._response(frame)
                at = stop
                yield unit
        finally:
            self._held[direction] = buffer[at:]

    def swallow(self, direction: int, unit: Unit) -> tuple[bytes, bytes]:
        """A swallowed request is answered in the broker's place, as if all were well: a client would wait for half a minute."""
        if unit.withdraw is not None:
            unit.withdraw()
        if direction != CLIENT or (asked := self._last) is None:
            return b"", b""
        self._asked.pop(asked.correlation, None)
        return b"", _answer(asked)

    def rest(self, direction: int) -> bytes:
        rest, self._held[direction] = self._held[direction], b""
        return rest

    def lost(self, by: str, text: str) -> list[Observation]:
        if self._session.closed:
            return []
        self._session.closed = True
        return [Observation("closed", None, {"conn": self.conn}, None,
                            {"conn": self.conn, "scope": "connection", "by": by, "code": None, "text": text})]

    # --- messages

    def _request(self, frame: bytes) -> Unit:
        key, version, correlation, client, at = api.read_head(frame)
        observations: list[Observation] = []
        handler = _REQUESTS.get(key)
        seen, message, unreadable = Seen(), None, key in api.UNREADABLE
        opening = not self._session.client
        try:
            if unreadable:
                raise ValueError(f"kafka-python has no classes for api key {key}")
            if handler is not None or (opening and key == api.API_VERSIONS):
                message = api.read_request(frame, key, version, at)
            if handler is not None:
                seen = handler(self._session, message)
            elif key == new_groups.HEARTBEAT:
                seen = new_groups.request(self._session, frame, at)
        except Exception as error:
            unreadable = True
            observations.append(self._puzzled(key, version, error))
        if opening:
            self._session.client = client or "-"
            software = " ".join(filter(None, (getattr(message, "client_software_name", None),
                                              getattr(message, "client_software_version", None))))
            observations.insert(0, Observation("opened", None, {"conn": self.conn}, api.NAMES.get(key),
                                               {"conn": self.conn, "client_id": client, "software": software}))
        observations += seen.observations
        self._last = None
        if seen.answered:
            self._last = self._asked[correlation] = _Asked(key, version, correlation, seen.context, message, unreadable)
        return Unit(frame, observations, seen.withdraw)

    def _response(self, frame: bytes) -> Unit:
        correlation = _CORRELATION.unpack_from(frame, 4)[0]
        asked = self._asked.pop(correlation, None)
        if asked is None:
            return Unit(frame, [self._puzzled(None, None, "an answer to no request")])
        handler = _RESPONSES.get(asked.key)
        if asked.unreadable or (handler is None and asked.key != new_groups.HEARTBEAT):
            return Unit(frame)
        try:
            if handler is None:
                return Unit(frame, new_groups.response(self._session, frame, asked.context))
            message = api.read_response(frame, asked.key, asked.version)
            observations = handler(self._session, message, asked.context)
            if asked.key in _ADDRESSED and topics.advertise(self._session, message):
                frame = api.write_response(message, asked.version, correlation)
        except Exception as error:
            observations = [self._puzzled(asked.key, asked.version, error)]
        return Unit(frame, observations)

    def _puzzled(self, key: int | None, version: int | None, why: object) -> Observation:
        """A message that cannot be read: relayed as it is, and told."""
        name = api.NAMES.get(key, f"api key {key}") if key is not None else "response"
        text = f"{name} {version if version is not None else ''}: {str(why)[:160] or repr(why)[:160]}"
        return Observation("undecoded", None, {"conn": self.conn}, name,
                           {"conn": self.conn, "channel": None, "why": text})


def _answer(asked: _Asked) -> bytes:
    """What the broker would have said had all gone well; nothing for requests that are never kept back."""
    build = _ANSWERS.get(asked.key)
    if build is None or asked.message is None:
        return b""
    return api.write_response(build(asked.message), asked.version, asked.correlation)


def _produced(message: Any) -> Any:
    response = producer.ProduceResponse
    return response(throttle_time_ms=0, responses=[
        response.TopicProduceResponse(
            name=topic.name, topic_id=getattr(topic, "topic_id", None), partition_responses=[
                response.TopicProduceResponse.PartitionProduceResponse(index=part.index, error_code=0, base_offset=-1)
                for part in topic.partition_data])
        for topic in message.topic_data])


def _committed(key: int) -> Callable[[Any], Any]:
    response = api.RESPONSES[key]

    def build(message: Any) -> Any:
        topic_of = next(c for name, c in vars(response).items() if name.endswith("ResponseTopic"))
        part_of = next(c for name, c in vars(topic_of).items() if name.endswith("ResponsePartition"))
        names = {"topic_id"} & set(topic_of.__slots__)
        return response(throttle_time_ms=0, topics=[
            topic_of(name=topic.name, partitions=[part_of(partition_index=p.partition_index, error_code=0)
                                                  for p in topic.partitions],
                     **{each: getattr(topic, each) for each in names})
            for topic in message.topics])

    return build


_ANSWERS: dict[int, Callable[[Any], Any]] = {
    api.PRODUCE: _produced, api.OFFSET_COMMIT: _committed(api.OFFSET_COMMIT),
    api.TXN_OFFSET_COMMIT: _committed(api.TXN_OFFSET_COMMIT),
    api.END_TXN: lambda _: producer.EndTxnResponse(throttle_time_ms=0, error_code=0),
}
