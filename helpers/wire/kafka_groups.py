"""Kafka's consumer groups: who is a member, what it was assigned, and how far the group has committed."""

import struct
from functools import partial
from typing import Any

from helpers.wire.decoder import Observation
from helpers.wire.kafka_api import error_name
from helpers.wire.kafka_session import Seen, Session

_MOST_TOLD = 24  # partitions in one event
_LATEST, _EARLIEST = -1, -2


# --- membership

def join(session: Session, message: Any) -> Seen:
    if message.protocol_type != "consumer":
        return Seen()
    if message.member_id:
        session.book.members[session.actor].add((message.group_id, message.member_id))
    topics = sorted({topic for protocol in message.protocols for topic in _subscription(bytes(protocol.metadata))})
    return Seen(context={"group": message.group_id, "topics": topics, "session_ms": message.session_timeout_ms,
                         "max_poll_interval_ms": getattr(message, "rebalance_timeout_ms", None)})


def joined(session: Session, message: Any, wish: dict[str, Any] | None) -> list[Observation]:
    if wish is None:
        return []
    group, error = wish["group"], error_name(message.error_code)
    if message.member_id:
        session.book.members[session.actor].add((group, message.member_id))
        session.wishes[group, message.member_id] = wish
    if error == "MEMBER_ID_REQUIRED":  # the first half of every join (KIP-394)
        return []
    if error is not None:
        return [session.method("JoinGroup", group=group, error=error)]
    return []


def sync(session: Session, message: Any) -> Seen:
    return Seen(context=(message.group_id, message.member_id, message.generation_id))


def synced(session: Session, message: Any, who: tuple[str, str, int]) -> list[Observation]:
    group, member, generation = who
    error = error_name(message.error_code)
    if error is not None:
        return [session.method("SyncGroup", group=group, error=error)]
    if (group, member) not in session.wishes:
        return []
    wish = session.wishes[group, member]
    data = {"conn": session.conn, "member": member, "generation": generation, **wish,
            "partitions": _assignment(bytes(message.assignment))}
    return [Observation("subscribed", None, {"conn": session.conn}, "SyncGroup", data)]


def _text(data: bytes, at: int) -> tuple[str, int]:
    length = struct.unpack_from(">h", data, at)[0]
    return data[at + 2:at + 2 + length].decode("utf-8", "replace"), at + 2 + length


def _subscription(data: bytes) -> list[str]:
    """Topics of a ConsumerProtocolSubscription; none where a client has put something else there (the broker does not look)."""
    topics, at = [], 6
    try:
        for _ in range(struct.unpack_from(">i", data, 2)[0]):
            topic, at = _text(data, at)
            topics.append(topic)
    except struct.error:
        return []
    return topics


def _assignment(data: bytes) -> list[list[Any]] | None:
    """[topic, partition] pairs of a ConsumerProtocolAssignment; None where it is something else."""
    if not data:
        return []
    pairs: list[list[Any]] = []
    at = 6
    try:
        for _ in range(struct.unpack_from(">i", data, 2)[0]):
            topic, at = _text(data, at)
            count = struct.unpack_from(">i", data, at)[0]
            pairs += [[topic, each] for each in struct.unpack_from(f">{count}i", data, at + 4)]
            at += 4 + 4 * count
    except struct.error:
        return None
    return pairs


def heartbeat(session: Session, message: Any) -> Seen:
    return Seen(context=message.group_id)


def heartbeaten(session: Session, message: Any, group: str) -> list[Observation]:
    error = error_name(message.error_code)
    return [session.method("Heartbeat", group=group, error=error)] if error else []


def leave(session: Session, message: Any) -> Seen:
    group = message.group_id
    members = [m.member_id for m in message.members or ()] or ([message.member_id] if message.member_id else [])
    for member in members:
        session.book.members[session.actor].discard((group, member))
    return Seen([Observation("cancelled", None, {"conn": session.conn}, "LeaveGroup",
                             {"conn": session.conn, "group": group, "members": members})])


# --- commits

def commit(session: Session, message: Any) -> Seen:
    group, name_of = message.group_id, session.book.topic
    offsets = {(group, name_of(t.name, getattr(t, "topic_id", None)), p.partition_index): p.committed_offset
               for t in message.topics for p in t.partitions}
    return _commit(session, offsets, "OffsetCommit", member=message.member_id)


def _commit(session: Session, offsets: dict[tuple[str, str, int], int], frame: str, **more: Any) -> Seen:
    book, number = session.book, session.book.new_commit()
    observations = []
    for (group, topic, partition), upto in offsets.items():
        data = {"group": group, **more, "commit": number, "upto": upto}
        pos = {"conn": session.conn, "topic": topic, "partition": partition}
        covered = book.commit(number, group, topic, partition, upto)
        observations += [Observation("acknowledged", order, {**pos, "offset": offset}, frame, data)
                         for offset, order in covered]
        if not covered:
            observations.append(Observation("acknowledged", None, {**pos, "offset": upto}, frame, data))
    return Seen(observations, (number, list(offsets)), partial(book.withdraw, number))


def committed(session: Session, message: Any, context: tuple[int, list[tuple[str, str, int]]], frame: str = "OffsetCommit",
              ) -> list[Observation]:
    number, offsets = context
    errors = {error_name(p.error_code) for t in message.topics for p in t.partitions} - {None}
    return _refused(session, number, offsets, errors, frame)


def _refused(session: Session, number: int, offsets: list[tuple[str, str, int]], errors: set[Any], frame: str,
             ) -> list[Observation]:
    if not errors:
        return []
    session.book.withdraw(number)
    return [Observation("refused", None, {"conn": session.conn}, frame,
                        {"commit": number, "error": sorted(errors)[0], "group": offsets[0][0] if offsets else None})]


def txn_commit(session: Session, message: Any) -> Seen:
    """Offsets sent to a transaction: they count when it is committed."""
    pending = session.book.transactions[message.producer_id, message.producer_epoch]
    mine = {(message.group_id, t.name, p.partition_index): p.committed_offset for t in message.topics for p in t.partitions}
    before = {key: pending.get(key) for key in mine}
    pending.update(mine)

    def withdraw() -> None:
        for key, offset in before.items():
            if offset is None:
                pending.pop(key, None)
            else:
                pending[key] = offset

    return Seen(context=(message.group_id, withdraw), withdraw=withdraw)


def txn_committed(session: Session, message: Any, context: tuple[str, Any]) -> list[Observation]:
    group, withdraw = context
    errors = {error_name(p.error_code) for t in message.topics for p in t.partitions} - {None}
    if not errors:
        return []
    withdraw()
    return [session.method("TxnOffsetCommit", group=group, error=sorted(errors)[0])]


def end_txn(session: Session, message: Any) -> Seen:
    book, producer = session.book, (message.producer_id, message.producer_epoch)
    orders, offsets = book.sent.pop(producer, []), book.transactions.pop(producer, {})
    told = session.method("EndTxn", commit=bool(message.committed), transactional_id=message.transactional_id,
                          pid=message.producer_id, orders=list(dict.fromkeys(orders)))
    if not message.committed:
        return Seen([told])
    seen = _commit(session, offsets, "EndTxn", tx=True) if offsets else Seen()

    def withdraw() -> None:
        book.sent[producer], book.transactions[producer] = orders, offsets
        if seen.withdraw is not None:
            seen.withdraw()

    return Seen([told, *seen.observations], seen.context, withdraw)


def txn_ended(session: Session, message: Any, context: Any) -> list[Observation]:
    error = error_name(message.error_code)
    if error is None:
        return []
    told = [session.method("EndTxn", error=error)]
    return [*told, *_refused(session, *context, {error}, "EndTxn")] if context else told


def init_producer(session: Session, message: Any) -> Seen:
    return Seen(context=message.transactional_id)


def producer_ready(session: Session, message: Any, transactional_id: str | None) -> list[Observation]:
    return [session.method("InitProducerId", transactional_id=transactional_id, pid=message.producer_id,
                           epoch=message.producer_epoch, error=error_name(message.error_code))]


def add_partitions(session: Session, message: Any) -> Seen:
    name = message.v3_and_below_transactional_id or next((t.transactional_id for t in message.transactions or ()), None)
    return Seen([session.method("AddPartitionsToTxn", transactional_id=name)])


# --- offsets

def offset_fetch(session: Session, message: Any) -> Seen:
    return Seen(context=message.group_id)


def offsets_found(session: Session, message: Any, group: str) -> list[Observation]:
    """Version 8 and later answer for several groups at once (KIP-709)."""
    groups = [(each.group_id, each.topics) for each in message.groups or ()] or [(group, message.topics or ())]
    observations = []
    for name, topics in groups:
        offsets = []
        for each in topics:
            topic = session.book.topic(each.name, getattr(each, "topic_id", None))
            for part in each.partitions:
                session.book.found(name, topic, part.partition_index, part.committed_offset)
                offsets.append([topic, part.partition_index, part.committed_offset])
        observations.append(session.method("OffsetFetch", group=name, offsets=offsets[:_MOST_TOLD]))
    return observations


def list_offsets(session: Session, message: Any) -> Seen:
    return Seen(context={(t.name, p.partition_index): p.timestamp for t in message.topics for p in t.partitions})


def offsets_listed(session: Session, message: Any, asked: dict[tuple[str, int], int]) -> list[Observation]:
    found = [[t.name, p.partition_index, asked.get((t.name, p.partition_index)), getattr(p, "offset", -1)]
             for t in message.topics for p in t.partitions]
    ends = [each for each in found if each[2] in (_LATEST, _EARLIEST)]
    return [session.method("ListOffsets", offsets=ends[:_MOST_TOLD])] if ends else []
