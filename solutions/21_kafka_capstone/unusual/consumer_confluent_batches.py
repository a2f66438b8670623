# pass
"""confluent-kafka, a batch at a time: a commit when all of it is charged or safe elsewhere; retries wait in one topic, with
the time at which they are due in a header."""

import json
import os
import time

from confluent_kafka import Consumer, KafkaError, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from shop import Refused, Unavailable, charge

SERVERS = {"bootstrap.servers": os.environ["KAFKA_BOOTSTRAP"], "reconnect.backoff.max.ms": 500}
TOPIC, DEAD_LETTERS = os.environ["TOPIC"], os.environ["DEAD_LETTERS"]
LATER = f"{TOPIC}-later"

admin = AdminClient(SERVERS)  # its answers come only while it lives
for made in admin.create_topics([NewTopic(LATER, 1, 1)]).values():
    try:
        made.result(20)
    except Exception as error:
        if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
            raise
producer = Producer({**SERVERS, "enable.idempotence": True})
consumer = Consumer({**SERVERS, "group.id": os.environ["GROUP"], "auto.offset.reset": "earliest", "enable.auto.commit": False,
                     "fetch.wait.max.ms": 50})
consumer.subscribe([TOPIC, LATER])
failed = []


def send(topic, record, **headers):
    producer.produce(topic, record.value(), record.key(), headers={name: str(value) for name, value in headers.items()},
                     on_delivery=lambda error, _: error and failed.append(error))


def on_order(record, headers):
    attempts = int(headers.get("attempts", 0)) + 1
    order = json.loads(record.value())
    try:
        charge(order, key=order["id"])
    except Unavailable as reason:
        if attempts < 5:
            send(LATER, record, attempts=attempts, due=time.time() + 0.05 * 2 ** attempts)
        else:
            send(DEAD_LETTERS, record, reason=reason, attempts=attempts)
    except Refused as reason:
        send(DEAD_LETTERS, record, reason=reason, attempts=attempts)


resume_at = {}  # when the topic for retries is due again
while True:
    if resume_at and min(resume_at.values()) <= time.time():
        consumer.resume([place for place in consumer.assignment() if place.topic == LATER])
        resume_at.clear()
    done, waits = {}, False
    for record in consumer.consume(5, 0.05):
        if record.error() or (waits and record.topic() == LATER):
            continue
        headers = {name: value.decode() for name, value in record.headers() or ()}
        due = float(headers.get("due", 0))
        if due > time.time():
            place = TopicPartition(LATER, record.partition(), record.offset())
            consumer.pause([place])
            consumer.seek(place)
            resume_at[record.partition()], waits = due, True
            continue
        on_order(record, headers)
        done[record.topic(), record.partition()] = record.offset() + 1
    if producer.flush(20) or failed:
        raise SystemExit(f"not safe elsewhere: {failed}")
    if done:
        consumer.commit(offsets=[TopicPartition(*place, offset) for place, offset in done.items()], asynchronous=False)
