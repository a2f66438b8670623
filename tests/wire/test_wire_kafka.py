"""The Kafka decoder alone, on requests and answers made by hand: no sockets, no broker."""

import struct
from typing import Any
from uuid import UUID

import pytest
from kafka.protocol import admin, consumer, metadata, producer
from kafka.record.memory_records import MemoryRecordsBuilder

from helpers.wire import kafka_new_groups as new_groups
from helpers.wire.decoder import BROKER, CLIENT, Observation, Undecodable, Unit
from helpers.wire.kafka import Kafka
from helpers.wire.kafka_api import read_response
from helpers.wire.kafka_book import Book

A, B, C = "ord-aaaaaaaaaa", "ord-bbbbbbbbbb", "ord-cccccccccc"


def batch(*values: bytes, base: int = 0, pid: int = -1, transactional: bool = False) -> bytes:
    builder = MemoryRecordsBuilder(2, 0, 1 << 20, transactional=transactional, producer_id=pid,
                                   producer_epoch=0 if pid >= 0 else -1, base_sequence=0 if pid >= 0 else -1)
    for value in values:
        builder.append(0, b"key", value)
    builder.close()
    return base.to_bytes(8, "big") + bytes(builder.buffer())[8:]


def abort_marker(base: int, pid: int) -> bytes:
    builder = MemoryRecordsBuilder(2, 0, 1 << 20, transactional=True, producer_id=pid, producer_epoch=0, base_sequence=0)
    builder.append(0, b"\0\0\0\0", b"\0\0\0\0\0\0")
    builder.close()
    raw = bytearray(base.to_bytes(8, "big") + bytes(builder.buffer())[8:])
    raw[22] |= 0x20  # attributes, low byte: a control batch
    return bytes(raw)


class Talk:
    """A conversation over one connection; correlation ids count up."""

    def __init__(self, book: Book | None = None):
        self.decoder = Kafka(book)
        self.decoder.conn = 1
        self.correlation = 0
        self.unit: Unit | None = None

    def _feed(self, direction: int, message: Any, correlation: int) -> list[Observation]:
        message.with_header(correlation)
        units = list(self.decoder.feed(direction, bytes(message.encode(header=True, framed=True))))
        assert len(units) == 1
        self.unit = units[0]
        return [o for o in units[0].observations if o.kind != "opened"]

    def ask(self, message: Any) -> list[Observation]:
        self.correlation += 1
        return self._feed(CLIENT, message, self.correlation)

    def answer(self, message: Any, correlation: int | None = None) -> list[Observation]:
        return self._feed(BROKER, message, correlation or self.correlation)

    def swallow(self) -> tuple[bytes, bytes]:
        return self.decoder.swallow(CLIENT, self.unit)

    # --- what tests say

    def produce(self, *values: bytes, acks: int = -1, version: int = 9) -> list[Observation]:
        request = producer.ProduceRequest
        part = request.TopicProduceData.PartitionProduceData(index=0, records=batch(*values))
        return self.ask(request[version](transactional_id=None, acks=acks, timeout_ms=1000, topic_data=[
            request.TopicProduceData(name="orders", partition_data=[part])]))

    def produced(self, base: int = 0, error: int = 0, version: int = 9) -> list[Observation]:
        response = producer.ProduceResponse
        part = response.TopicProduceResponse.PartitionProduceResponse(index=0, error_code=error, base_offset=base)
        topic = response.TopicProduceResponse(name="orders", partition_responses=[part])
        return self.answer(response[version](responses=[topic]))

    def commit(self, offset: int, version: int = 8) -> list[Observation]:
        request = consumer.OffsetCommitRequest
        topic = request.OffsetCommitRequestTopic
        part = topic.OffsetCommitRequestPartition(partition_index=0, committed_offset=offset, committed_metadata="")
        return self.ask(request[version](group_id="shop", generation_id_or_member_epoch=1, member_id="m",
                                         topics=[topic(name="orders", partitions=[part])]))

    def committed(self, error: int = 0, version: int = 8, correlation: int | None = None) -> list[Observation]:
        response = consumer.OffsetCommitResponse
        topic = response.OffsetCommitResponseTopic
        part = topic.OffsetCommitResponsePartition(partition_index=0, error_code=error)
        return self.answer(response[version](topics=[topic(name="orders", partitions=[part])]), correlation)

    def fetch(self, offset: int | None, *, session: int = 0, epoch: int = 0, isolation: int = 0) -> list[Observation]:
        request = consumer.FetchRequest
        part = request.FetchTopic.FetchPartition
        parts = [] if offset is None else [part(partition=0, fetch_offset=offset, partition_max_bytes=1)]
        topics = [request.FetchTopic(topic="orders", partitions=parts)] if parts else []
        return self.ask(request[11](max_wait_ms=1, min_bytes=1, isolation_level=isolation, session_id=session,
                                    session_epoch=epoch, topics=topics, forgotten_topics_data=[]))

    def fetched(self, records: bytes, *, session: int = 0, aborted: list[tuple[int, int]] = ()) -> list[Observation]:
        response = consumer.FetchResponse
        topic = response.FetchableTopicResponse
        data = topic.PartitionData
        part = data(partition_index=0, error_code=0, high_watermark=9, records=records, aborted_transactions=[
            data.AbortedTransaction(producer_id=pid, first_offset=first) for pid, first in aborted])
        return self.answer(response[11](session_id=session, responses=[topic(topic="orders", partitions=[part])]))


def told(seen: list[Observation]) -> list[tuple[str, str | None]]:
    return [(each.kind, each.order) for each in seen]


def stocked(*orders: str) -> Talk:
    """The orders stand in orders/0 from offset 0."""
    talk = Talk()
    talk.produce(*map(str.encode, orders))
    talk.produced()
    return talk


def test_an_order_is_looked_for_in_headers_then_key_then_value():
    talk = Talk()
    assert told(talk.produce(A.encode(), b"nothing", B.encode())) == [("published", A), ("published", None), ("published", B)]


def test_acks_zero_awaits_no_answer():
    talk = Talk()
    talk.produce(A.encode(), acks=0)
    assert talk.decoder._asked == {}


def test_a_refused_produce():
    talk = Talk()
    talk.produce(A.encode(), B.encode())
    seen = talk.produced(error=29)
    assert told(seen) == [("refused", A), ("refused", B)] and seen[0].data["error"] == "TOPIC_AUTHORIZATION_FAILED"


def test_a_commit_covers_what_lies_before_it():
    talk = stocked(A, B, C)
    seen = talk.commit(2)
    assert told(seen) == [("acknowledged", A), ("acknowledged", B)]
    assert [(o.pos["offset"], o.data["upto"], o.data["group"]) for o in seen] == [(0, 2, "shop"), (1, 2, "shop")]
    assert talk.committed() == []
    assert told(talk.commit(3)) == [("acknowledged", C)]
    assert told(talk.commit(3)) == [("acknowledged", None)]


def test_a_commit_back_uncovers():
    talk = stocked(A, B)
    talk.commit(2), talk.committed()
    assert told(talk.commit(1)) == [("acknowledged", None)]
    assert told(talk.commit(2)) == [("acknowledged", B)]


def test_a_refused_commit_is_taken_back():
    talk = stocked(A, B)
    number = talk.commit(1)[0].data["commit"]
    seen = talk.committed(error=27)
    assert told(seen) == [("refused", None)]
    assert (seen[0].data["commit"], seen[0].data["error"], seen[0].data["group"]) == (number, "REBALANCE_IN_PROGRESS", "shop")
    assert told(talk.commit(2)) == [("acknowledged", A), ("acknowledged", B)]


@pytest.mark.parametrize("version", [2, 7, 8, 9])
def test_a_swallowed_commit_is_answered_in_the_brokers_place(version):
    talk = stocked(A, B)
    talk.commit(1, version=version)
    onward, back = talk.swallow()
    answer = read_response(back, 8, version)
    assert onward == b"" and answer.topics[0].name == "orders" and answer.topics[0].partitions[0].error_code == 0
    assert told(talk.commit(2)) == [("acknowledged", A), ("acknowledged", B)]


@pytest.mark.parametrize("version", [7, 9, 12])
def test_a_swallowed_produce_is_answered_in_the_brokers_place(version):
    talk = Talk()
    talk.produce(A.encode(), version=version)
    onward, back = talk.swallow()
    part = read_response(back, 0, version).responses[0].partition_responses[0]
    assert onward == b"" and (part.index, part.error_code, part.base_offset) == (0, 0, -1)


def test_records_before_the_offset_asked_are_not_delivered():
    talk = Talk()
    talk.fetch(11)
    seen = talk.fetched(batch(A.encode(), B.encode(), base=10))
    assert told(seen) == [("delivered", B)] and seen[0].pos["offset"] == 11


def test_a_fetch_session_remembers_what_was_asked():
    """KIP-227: a request names only what has changed since the last."""
    book = Book()
    talk = Talk(book)
    talk.fetch(5, session=0, epoch=0), talk.fetched(batch(A.encode(), base=5), session=7)
    talk.fetch(6, session=7, epoch=1), talk.fetched(b"", session=7)
    talk.fetch(None, session=7, epoch=2)
    assert told(talk.fetched(batch(A.encode(), B.encode(), base=5), session=7)) == [("delivered", B)]
    other = Talk(book)  # the session belongs to the broker, not to the connection
    other.fetch(None, session=7, epoch=3)
    assert told(other.fetched(batch(A.encode(), B.encode(), base=5), session=7)) == [("delivered", B)]


def test_aborted_transactions_are_left_out_where_only_committed_ones_are_read():
    records = (batch(A.encode(), base=0, pid=5, transactional=True) + abort_marker(1, 5)
               + batch(B.encode(), base=2, pid=5, transactional=True) + batch(C.encode(), base=3))
    talk = Talk()
    talk.fetch(0, isolation=1)
    assert told(talk.fetched(records, aborted=[(5, 0)])) == [("delivered", B), ("delivered", C)]
    talk.fetch(0, isolation=0)
    assert told(talk.fetched(records)) == [("delivered", A), ("delivered", B), ("delivered", C)]


def test_a_batch_cut_off_at_the_end_is_left_out():
    talk = Talk()
    talk.fetch(0)
    assert told(talk.fetched(batch(A.encode()) + batch(B.encode(), base=1)[:-3])) == [("delivered", A)]


def test_empty_fetches_are_told_once():
    talk = Talk()
    kinds = []
    for records in (b"", b"", batch(A.encode()), b"", b""):
        talk.fetch(0)
        kinds.append([o.kind for o in talk.fetched(records)])
    assert kinds == [["polled"], [], ["delivered"], ["polled"], []]


@pytest.mark.parametrize("version", [1, 7, 9, 13])
def test_metadata_names_the_tap(version):
    talk = Talk()
    talk.decoder.advertise("127.0.0.1", 777)
    talk.ask(metadata.MetadataRequest[version](topics=[]))
    response = metadata.MetadataResponse
    broker = response.MetadataResponseBroker(node_id=1, host="kafka.example", port=9092, rack=None)
    talk.answer(response[version](brokers=[broker], cluster_id="x", controller_id=1, topics=[]))
    told = read_response(talk.unit.raw, 3, version)
    assert [(b.host, b.port) for b in told.brokers] == [("127.0.0.1", 777)] and told.controller_id == 1


@pytest.mark.parametrize("version", [1, 3, 4, 6])
def test_the_coordinator_is_the_tap(version):
    talk = Talk()
    talk.decoder.advertise("127.0.0.1", 777)
    talk.ask(metadata.FindCoordinatorRequest[version](key="shop", key_type=0, coordinator_keys=["shop"]))
    response = metadata.FindCoordinatorResponse
    found = {"node_id": 1, "host": "kafka.example", "port": 9092, "error_code": 0, "error_message": None}
    several = {"coordinators": [response.Coordinator(key="shop", **found)]}
    talk.answer(response[version](**(several if version >= 4 else found)))
    told = read_response(talk.unit.raw, 10, version)
    assert [(c.host, c.port) for c in (told.coordinators or [told])] == [("127.0.0.1", 777)]


def test_an_unknown_request_passes_and_is_told_only_where_it_carries_records():
    talk = Talk()

    def frame(key: int) -> bytes:
        body = key.to_bytes(2, "big") + b"\0\1" + b"\0\0\0\x09" + b"\0\4shop" + b"\0whatever"
        return len(body).to_bytes(4, "big") + body

    list(talk.decoder.feed(CLIENT, frame(18)))
    (unit,) = talk.decoder.feed(CLIENT, frame(85))  # WriteShareGroupState
    assert unit.observations == [] and unit.raw == frame(85)
    (unit,) = talk.decoder.feed(CLIENT, frame(78))  # ShareFetch
    assert told(unit.observations) == [("undecoded", None)] and unit.raw == frame(78)


def test_a_group_of_the_new_protocol():
    """KIP-848: joined, assigned and left by heartbeats."""
    topic = UUID(int=5)
    book = Book()
    book.topics[topic] = "orders"
    decoder = Kafka(book)
    decoder.advertise("127.0.0.1", 777, "consumer")
    leaving = new_groups.leave("shop", "m", 9)
    joining = leaving.replace(b"\xff\xff\xff\xff", b"\0\0\0\0", 1)  # member epoch 0
    (unit,) = decoder.feed(CLIENT, joining)
    assert [o.kind for o in unit.observations] == ["opened"] and book.new_members["consumer"] == {("shop", "m")}
    assignment = b"\x01" + b"\x02" + topic.bytes + b"\x03" + struct.pack(">ii", 0, 2) + b"\0" + b"\0"
    head = struct.pack(">i", 9) + b"\0" + struct.pack(">ih", 0, 0) + b"\0"
    body = head + b"\x02m" + struct.pack(">ii", 4, 5000) + assignment + b"\0"
    (unit,) = decoder.feed(BROKER, struct.pack(">i", len(body)) + body)
    (seen,) = unit.observations
    assert (seen.kind, seen.data["group"], seen.data["member"], seen.data["generation"]) == ("subscribed", "shop", "m", 4)
    assert seen.data["partitions"] == [["orders", 0], ["orders", 2]]
    (unit,) = decoder.feed(CLIENT, leaving)
    assert [(o.kind, o.data["members"]) for o in unit.observations] == [("cancelled", ["m"])]
    assert book.new_members["consumer"] == set()


def test_what_is_not_kafka():
    with pytest.raises(Undecodable, match="TLS"):
        list(Kafka().feed(CLIENT, b"\x16\x03\x01\x02\x00\x01\x00"))
    with pytest.raises(Undecodable, match="not Kafka"):
        list(Kafka().feed(CLIENT, b"GET / HTTP/1.1\r\n"))


def test_a_topic_that_is_made_and_deleted():
    talk = Talk()
    request, response = admin.CreateTopicsRequest, admin.CreateTopicsResponse
    wish = request.CreatableTopic(name="orders", num_partitions=3, replication_factor=1, assignments=[], configs=[])
    talk.ask(request[5](topics=[wish], timeout_ms=1, validate_only=False))
    (seen,) = talk.answer(response[5](topics=[response.CreatableTopicResult(name="orders", error_code=36, error_message=None)]))
    assert (seen.kind, seen.data) == ("declared", {"topics": ["orders"], "partitions": 3, "error": "TOPIC_ALREADY_EXISTS"})
