"""Kafka's topics, as far as a run must know of them; and answers that would send a client past the tap."""

from typing import Any

from helpers.wire.decoder import Observation
from helpers.wire.kafka_api import error_name
from helpers.wire.kafka_session import Seen, Session


# --- topics

def create_topics(session: Session, message: Any) -> Seen:
    return Seen(context={topic.name: topic.num_partitions for topic in message.topics})


def topics_created(session: Session, message: Any, asked: dict[str, int]) -> list[Observation]:
    observations = []
    for topic in message.topics:
        if getattr(topic, "topic_id", None):
            session.book.topics[topic.topic_id] = topic.name
        observations.append(_declared(session, "CreateTopics", topic.name, asked.get(topic.name), error_name(topic.error_code)))
    return observations


def create_partitions(session: Session, message: Any) -> Seen:
    return Seen(context={topic.name: topic.count for topic in message.topics})


def partitions_created(session: Session, message: Any, asked: dict[str, int]) -> list[Observation]:
    return [_declared(session, "CreatePartitions", each.name, asked.get(each.name), error_name(each.error_code))
            for each in message.results]


def _declared(session: Session, frame: str, topic: str, partitions: int | None, error: str | None) -> Observation:
    return Observation("declared", None, {"topic": topic}, frame, {"topics": [topic], "partitions": partitions, "error": error})


def topics_deleted(session: Session, message: Any, _: None) -> list[Observation]:
    return [Observation("purged", None, {"topic": topic}, "DeleteTopics", {"topics": [topic]}) for each in message.responses
            if not each.error_code and (topic := session.book.topic(each.name, getattr(each, "topic_id", None)))]


def records_deleted(session: Session, message: Any, _: None) -> list[Observation]:
    observations = []
    for topic in message.topics:
        for part in topic.partitions:
            if part.error_code:
                continue
            known = session.book.orders.get((topic.name, part.partition_index), {})
            gone = [(offset, order) for offset, order in sorted(known.items()) if offset < part.low_watermark]
            data = {"command": "DeleteRecords", "by": "program"}
            pos = {"topic": topic.name, "partition": part.partition_index}
            observations += [Observation("trimmed", order, {**pos, "offset": offset}, "DeleteRecords", data)
                             for offset, order in gone]
            if not gone:
                observations.append(Observation("trimmed", None, pos, "DeleteRecords", {**data, "count": part.low_watermark}))
    return observations


def metadata(session: Session, message: Any, _: Any) -> list[Observation]:
    for topic in message.topics or ():
        if topic.name and getattr(topic, "topic_id", None):
            session.book.topics[topic.topic_id] = topic.name
    return []


# --- addresses

def advertise(session: Session, message: Any) -> bool:
    """Replace the brokers' addresses in an answer by the tap's own; whether there was one."""
    if session.address is None:
        return False
    places = [message, *(getattr(message, "brokers", None) or ()), *(getattr(message, "coordinators", None) or ()),
              *(getattr(message, "node_endpoints", None) or ())]
    changed = False
    for place in places:
        if getattr(place, "host", None) and (getattr(place, "port", None) or -1) > 0:
            place.host, place.port = session.address
            changed = True
    return changed
