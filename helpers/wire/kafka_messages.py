"""The hot path of Kafka: Produce and Fetch."""

from typing import Any, NamedTuple

from helpers.wire.decoder import Observation
from helpers.wire.kafka_api import error_name
from helpers.wire.kafka_book import Partition
from helpers.wire.kafka_records import batches
from helpers.wire.kafka_session import Seen, Session

_READ_COMMITTED = 1


def produce(session: Session, message: Any) -> Seen:
    observations: list[Observation] = []
    sent: dict[Partition, list[str | None]] = {}
    txn, book = message.transactional_id is not None, session.book
    for topic_data in message.topic_data:
        topic = session.book.topic(topic_data.name, getattr(topic_data, "topic_id", None))
        session.book.written.add(topic)
        for part in topic_data.partition_data:
            orders = sent.setdefault((topic, part.index), [])
            for batch in batches(part.records, whole=True):
                size = len(batch.records)
                if txn:
                    book.sent[batch.producer_id, batch.epoch] += [r.order for r in batch.records if r.order is not None]
                for record in batch.records:
                    orders.append(record.order)
                    observations.append(Observation(
                        "published", record.order, {"topic": topic, "partition": part.index}, "Produce",
                        {"conn": session.conn, "acks": message.acks, "key": record.key, "compression": batch.compression, "txn": txn,
                         "pid": batch.producer_id, "sequence": batch.sequence, "batch": size, "headers": record.headers}))
    return Seen(observations, sent, answered=message.acks != 0)


def produced(session: Session, message: Any, sent: dict[Partition, list[str | None]]) -> list[Observation]:
    observations = []
    book = session.book
    for answer in message.responses:
        topic = book.topic(answer.name, getattr(answer, "topic_id", None))
        for part in answer.partition_responses:
            error = error_name(part.error_code)
            for offset, order in enumerate(sent.get((topic, part.index), ()), part.base_offset):
                pos = {"topic": topic, "partition": part.index}
                if error is None:
                    if part.base_offset >= 0:
                        pos["offset"] = offset
                        if order is not None:
                            book.orders[topic, part.index][offset] = order
                    observations.append(Observation("confirmed", order, pos, "Produce"))
                else:
                    observations.append(Observation("refused", order, pos, "Produce", {"error": error}))
    return observations


class Asked(NamedTuple):
    """What a Fetch asks for: (topic, partition) -> offset, and whether aborted transactions are left out."""

    offsets: dict[Partition, int]
    committed_only: bool
    new_session: bool


def fetch(session: Session, message: Any) -> Seen:
    book = session.book
    epoch, number = message.session_epoch, message.session_id
    incremental = epoch > 0 and number in book.sessions
    offsets = dict(book.sessions[number]) if incremental else {}
    for forgotten in message.forgotten_topics_data or ():
        topic = book.topic(forgotten.topic, getattr(forgotten, "topic_id", None))
        for partition in forgotten.partitions:
            offsets.pop((topic, partition), None)
    for wanted in message.topics or ():
        topic = book.topic(wanted.topic, getattr(wanted, "topic_id", None))
        for part in wanted.partitions:
            offsets[topic, part.partition] = part.fetch_offset
    if incremental:
        book.sessions[number] = offsets
    return Seen((), Asked(offsets, message.isolation_level == _READ_COMMITTED, epoch == 0))


def fetched(session: Session, message: Any, asked: Asked) -> list[Observation]:
    book, conn = session.book, session.conn
    if asked.new_session and message.session_id:
        book.sessions[message.session_id] = asked.offsets
    observations: list[Observation] = []
    empty = True
    for answer in message.responses:
        topic = book.topic(answer.topic, getattr(answer, "topic_id", None))
        for part in answer.partitions:
            if not part.records:
                continue
            empty = False
            partition = part.partition_index
            wanted = asked.offsets.get((topic, partition), 0)
            aborted = sorted(((a.first_offset, a.producer_id) for a in part.aborted_transactions or ()), reverse=True)
            skipping: set[int] = set()  # producers whose transaction, as it stands here, was aborted
            known = book.orders[topic, partition]
            for batch in batches(part.records):
                if batch.control:
                    if batch.aborts:
                        skipping.discard(batch.producer_id)
                    continue
                if asked.committed_only and batch.transactional:
                    while aborted and aborted[-1][0] <= batch.last:
                        skipping.add(aborted.pop()[1])
                    if batch.producer_id in skipping:
                        continue
                for offset, order, *_ in batch.records:
                    if offset < wanted:
                        continue  # a broker sends whole batches; clients leave these out, too
                    if order is not None:
                        known[offset] = order
                    observations.append(Observation(
                        "delivered", order, {"conn": conn, "topic": topic, "partition": partition, "offset": offset}, "Fetch",
                        {"auto_ack": False}))
    if empty and not session.found_empty:
        observations.append(Observation("polled", None, {"conn": conn}, "Fetch", {"found": False}))
    session.found_empty = empty
    return observations
