"""Requests to a Kafka in a few milliseconds, for the bench: a stage cannot wait half a second for a client to start."""

import socket
import struct
import time
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from kafka.partitioner.default import murmur2
from kafka.protocol import admin, consumer, metadata, producer
from kafka.protocol.metadata import MetadataRequest
from kafka.record.memory_records import MemoryRecordsBuilder

from helpers.wire import kafka_api as api
from helpers.wire import kafka_new_groups as new_groups
from helpers.wire.kafka_records import Record, batches

_TIMEOUT = 10.0
_EVICTION = 5.0
_ENOUGH = 1 << 24
_NOT_YET = {14, 15, 16, 51}  # COORDINATOR_LOAD_IN_PROGRESS, _NOT_AVAILABLE, NOT_COORDINATOR, CONCURRENT_TRANSACTIONS


class Refused(OSError):
    """The broker answered with an error; the message names request and error."""


class Link:
    """One connection. Raises OSError where the broker is not there, Refused where it says no."""

    def __init__(self, host: str, port: int):
        self._socket = socket.create_connection((host, port), _TIMEOUT)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._correlation = 0

    def close(self) -> None:
        self._socket.close()

    def __enter__(self) -> "Link":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ask(self, request: Any) -> Any:
        """The answer to a request of a certain version (`FetchRequest[11](…)`)."""
        return api.read_response(self._ask(request), request.API_KEY, request.API_VERSION)

    def ask_for_bytes(self, request: Any) -> bytes:
        """The same for a request that helpers.wire.kafka_api does not read: the answer behind its header, of a version
        without tagged fields."""
        return self._ask(request)[8:]

    def _ask(self, request: Any) -> bytes:
        self._correlation += 1
        request.with_header(self._correlation, "workbook")
        self._socket.sendall(bytes(request.encode(header=True, framed=True)))
        size = self._read(4)
        return size + self._read(struct.unpack(">i", size)[0])

    def _read(self, count: int) -> bytes:
        data = bytearray()
        while len(data) < count:
            piece = self._socket.recv(count - len(data))
            if not piece:
                raise ConnectionError("Kafka closed the connection")
            data += piece
        return bytes(data)

    # --- topics

    def create_topic(self, topic: str, partitions: int, configs: Mapping[str, str] | None = None) -> None:
        """With -1 partitions it has as many as the broker's default. Returns when the broker knows it, which may be some
        milliseconds after its answer: that comes from the controller, and what is asked in between finds no topic."""
        request = admin.CreateTopicsRequest
        config = request.CreatableTopic.CreatableTopicConfig
        wished = [config(name=name, value=value) for name, value in (configs or {}).items()]
        wish = request.CreatableTopic(name=topic, num_partitions=partitions, replication_factor=1, assignments=[],
                                      configs=wished)
        answer = self.ask(request[5](topics=[wish], timeout_ms=10_000, validate_only=False))
        _check("CreateTopics", answer.topics[0].error_code)
        end = time.monotonic() + _TIMEOUT
        while topic not in self.topics([topic]):
            if time.monotonic() > end:
                raise Refused(f"CreateTopics: Kafka has made {topic}, and does not know it after {_TIMEOUT:g} s")
            time.sleep(0.005)

    def delete_topics(self, topics: Sequence[str]) -> None:
        self.ask(admin.DeleteTopicsRequest[3](topic_names=list(topics), timeout_ms=10_000))

    def delete_groups(self, groups: Sequence[str]) -> None:
        self.ask(admin.DeleteGroupsRequest[1](groups_names=list(groups)))

    def topics(self, names: Sequence[str] | None = None) -> dict[str, int]:
        """Topic -> number of partitions, but for those whose leader is not chosen yet; all where no names are given."""
        wanted = None if names is None else [MetadataRequest.MetadataRequestTopic(name=name) for name in names]
        answer = self.ask(MetadataRequest[7](topics=wanted, allow_auto_topic_creation=False))
        return {t.name: len(t.partitions) for t in answer.topics
                if not t.error_code and not any(p.error_code for p in t.partitions)}

    def topic_ids(self, names: Sequence[str]) -> dict[UUID, str]:
        wanted = [MetadataRequest.MetadataRequestTopic(name=name, topic_id=UUID(int=0)) for name in names]
        answer = self.ask(MetadataRequest[12](topics=wanted, allow_auto_topic_creation=False))
        return {t.topic_id: t.name for t in answer.topics if not t.error_code}

    def leads(self, topic: str, partitions: int) -> bool:
        """Whether the broker takes records for every partition: it names itself the leader a moment before it is."""
        try:
            return len(self.ends(topic, partitions)) == partitions
        except Refused:
            return False

    # --- records

    def send(self, topic: str, partition: int, key: bytes | None, value: bytes,
             headers: Sequence[tuple[str, bytes]] = ()) -> int:
        """Append one record, acks=all; its offset."""
        builder = MemoryRecordsBuilder(2, 0, 1 << 20)
        builder.append(None, key, value, list(headers))
        builder.close()
        return self._produce(topic, partition, builder.buffer())

    def _produce(self, topic: str, partition: int, records: Any, transactional_id: str | None = None) -> int:
        request = producer.ProduceRequest
        data = request.TopicProduceData
        part = data.PartitionProduceData(index=partition, records=records)
        answer = self.ask(request[7](transactional_id=transactional_id, acks=-1, timeout_ms=10_000,
                                     topic_data=[data(name=topic, partition_data=[part])]))
        told = answer.responses[0].partition_responses[0]
        _check("Produce", told.error_code)
        return told.base_offset

    def send_aborted(self, topic: str, partition: int, records: Sequence[tuple[bytes | None, bytes]], name: str) -> None:
        """Append records in a transaction, and abort it; `name`: its transactional id."""
        if not records:
            return
        self._patiently(metadata.FindCoordinatorRequest[1](key=name, key_type=1))
        begun = self._patiently(producer.InitProducerIdRequest[1](transactional_id=name, transaction_timeout_ms=10_000))
        who = {"producer_id": begun.producer_id, "producer_epoch": begun.producer_epoch}
        request = producer.AddPartitionsToTxnRequest
        place = request.AddPartitionsToTxnTopic(name=topic, partitions=[partition])
        self._patiently(request[1](v3_and_below_transactional_id=name, v3_and_below_producer_id=begun.producer_id,
                                   v3_and_below_producer_epoch=begun.producer_epoch, v3_and_below_topics=[place]))
        builder = MemoryRecordsBuilder(2, 0, 1 << 20, transactional=True, base_sequence=0, **who)
        for key, value in records:
            builder.append(None, key, value, [])
        builder.close()
        self._produce(topic, partition, builder.buffer(), name)
        self._patiently(producer.EndTxnRequest[1](transactional_id=name, committed=False, **who))

    def _patiently(self, request: Any) -> Any:
        """Ask until the transaction's coordinator is ready: it answers "not yet" while it loads, or ends an earlier one."""
        end = time.monotonic() + _TIMEOUT
        while True:
            answer = self.ask(request)
            topics = getattr(answer, "results_by_topic_v3_and_below", None) or ()
            parts = [part for each in topics for part in each.results_by_partition]
            code = getattr(answer, "error_code", 0) or next((p.partition_error_code for p in parts if p.partition_error_code), 0)
            if code not in _NOT_YET or time.monotonic() > end:
                _check(type(request).__name__, code)
                return answer
            time.sleep(0.01)

    def ends(self, topic: str, partitions: int) -> dict[int, int]:
        """Partition -> the offset behind its last record."""
        request = consumer.ListOffsetsRequest
        wanted = request.ListOffsetsTopic
        parts = [wanted.ListOffsetsPartition(partition_index=p, timestamp=-1) for p in range(partitions)]
        answer = self.ask(request[2](replica_id=-1, isolation_level=0, topics=[wanted(name=topic, partitions=parts)]))
        for part in answer.topics[0].partitions:
            _check("ListOffsets", part.error_code)
        return {p.partition_index: p.offset for p in answer.topics[0].partitions}

    def committed(self, group: str, topic: str, partitions: int) -> dict[int, int]:
        """Partition -> the group's committed offset; partitions without one are left out."""
        request = consumer.OffsetFetchRequest
        wanted = request.OffsetFetchRequestTopic(name=topic, partition_indexes=list(range(partitions)))
        answer = self.ask(request[5](group_id=group, topics=[wanted]))
        return {p.partition_index: p.committed_offset for t in answer.topics for p in t.partitions if p.committed_offset >= 0}

    def read(self, topic: str, partition: int, start: int, end: int) -> list[tuple[Record, bytes]]:
        """Records from `start` to before `end`, read committed, each with its value; gaps (control records) are passed over."""
        found: list[tuple[Record, bytes]] = []
        request = consumer.FetchRequest
        while start < end:
            part = request.FetchTopic.FetchPartition(partition=partition, fetch_offset=start, partition_max_bytes=_ENOUGH)
            answer = self.ask(request[7](max_wait_ms=100, min_bytes=1, max_bytes=_ENOUGH, isolation_level=1, session_id=0,
                                         session_epoch=-1, topics=[request.FetchTopic(topic=topic, partitions=[part])],
                                         forgotten_topics_data=[]))
            told = answer.responses[0].partitions[0]
            _check("Fetch", told.error_code)
            got = list(_committed(bytes(told.records or b""), told.aborted_transactions or ()))
            found += [(record, value) for record, value, _ in got if record is not None and start <= record.offset < end]
            following = max((after for _, _, after in got), default=start)
            if following <= start:
                break
            start = following
        return found

    # --- groups

    def evict(self, group: str, members: Sequence[str]) -> None:
        """Remove members that are dead, so that the group need not wait for their session to time out (KIP-345). A broker that
        has just been started again reads its groups first."""
        request = consumer.LeaveGroupRequest
        gone = [request.MemberIdentity(member_id=member, group_instance_id=None) for member in members]
        end = time.monotonic() + _EVICTION
        while self.ask(request[3](group_id=group, members=gone)).error_code in _NOT_YET and time.monotonic() < end:
            time.sleep(0.02)

    def evict_new(self, group: str, member: str) -> None:
        """The same for a group of the new protocol (KIP-848), whose members leave by a last heartbeat."""
        self._correlation += 1
        self._socket.sendall(new_groups.leave(group, member, self._correlation))
        self._read(struct.unpack(">i", self._read(4))[0])


def _committed(data: bytes, aborted: Sequence[Any]):
    """(record, value, the offset that follows its batch) of each record; record None for a batch that is not to be seen."""
    waiting = sorted(((a.first_offset, a.producer_id) for a in aborted), reverse=True)
    skipping: set[int] = set()
    for batch in batches(data, values=True):
        after = batch.last + 1
        if batch.control:
            if batch.aborts:
                skipping.discard(batch.producer_id)
            yield None, b"", after
            continue
        while batch.transactional and waiting and waiting[-1][0] <= batch.last:
            skipping.add(waiting.pop()[1])
        if batch.transactional and batch.producer_id in skipping:
            yield None, b"", after
            continue
        for record in batch.records:
            yield record, record.value or b"", after


def partition_of(key: bytes, partitions: int) -> int:
    """Where Java's and kafka-python's default partitioner puts a key."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions


def _check(what: str, code: int) -> None:
    if code:
        raise Refused(f"Kafka answered {what} with {api.error_name(code)}")


def meta_of(record: Record, partition: int) -> Mapping[str, Any]:
    """What goes with a record, for stage.Arrived."""
    return {"key": record.key, "partition": partition, "offset": record.offset, "headers": record.contents or {}}
