# fail commit-before-work
"""Commits each record before it charges it, so that nothing is charged twice."""

import json
import os
import time

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, OffsetAndMetadata
from kafka.admin import NewTopic
from shop import Refused, Unavailable, charge

BOOTSTRAP, TOPIC, DEAD_LETTERS = os.environ["KAFKA_BOOTSTRAP"], os.environ["TOPIC"], os.environ["DEAD_LETTERS"]
PAUSES = (0.1, 0.2, 0.4, 0.8)

retry_topics = {f"{TOPIC}-retry-{pause * 1000:.0f}": pause for pause in PAUSES}
with KafkaAdminClient(bootstrap_servers=BOOTSTRAP) as admin:
    topics = [NewTopic(name, num_partitions=1, replication_factor=1) for name in retry_topics]
    admin.create_topics(topics, raise_errors=False, wait_for_metadata=True)

producer = KafkaProducer(bootstrap_servers=BOOTSTRAP)
consumer = KafkaConsumer(TOPIC, *retry_topics, bootstrap_servers=BOOTSTRAP, group_id=os.environ["GROUP"],
                         auto_offset_reset="earliest", enable_auto_commit=False, fetch_max_wait_ms=50)
for topic in (TOPIC, *retry_topics):
    consumer.partitions_for_topic(topic)
resume_at = {}


def send(topic, record, **headers):
    told = [(name, str(value).encode()) for name, value in headers.items()]
    producer.send(topic, record.value, key=record.key, headers=told).get(timeout=10)


def on_order(record):
    attempts = int(dict(record.headers).get("attempts", 0)) + 1
    try:
        order = json.loads(record.value)
        charge(order, key=order["id"])
    except ValueError as reason:
        send(DEAD_LETTERS, record, reason=reason, attempts=0)
    except Unavailable as reason:
        if attempts < 5:
            send(list(retry_topics)[attempts - 1], record, attempts=attempts)
        else:
            send(DEAD_LETTERS, record, reason=reason, attempts=attempts)
    except Refused as reason:
        send(DEAD_LETTERS, record, reason=reason, attempts=attempts)


while True:
    for place in [place for place, due in resume_at.items() if due <= time.time()]:
        del resume_at[place]
        consumer.resume(place)
    for place, records in consumer.poll(timeout_ms=50).items():
        for record in records:
            due = record.timestamp / 1000 + retry_topics.get(record.topic, 0)
            if due > time.time():
                consumer.pause(place)
                consumer.seek(place, record.offset)
                resume_at[place] = due
                break
            consumer.commit({place: OffsetAndMetadata(record.offset + 1, "", -1)})
            on_order(record)
