# fail retry-blocks-partition
# Keeps the order in its partition: everybody behind it waits as well.
import json
import os
import time

from kafka import KafkaConsumer, KafkaProducer, OffsetAndMetadata
from shop import Refused, Unavailable, charge

BOOTSTRAP, TOPIC, DEAD_LETTERS = os.environ["KAFKA_BOOTSTRAP"], os.environ["TOPIC"], os.environ["DEAD_LETTERS"]
PAUSES = (0.1, 0.2, 0.4, 0.8)

producer = KafkaProducer(bootstrap_servers=BOOTSTRAP)
consumer = KafkaConsumer(TOPIC, bootstrap_servers=BOOTSTRAP, group_id=os.environ["GROUP"],
                         auto_offset_reset="earliest", enable_auto_commit=False, fetch_max_wait_ms=50)
consumer.partitions_for_topic(TOPIC)
resume_at, failures = {}, {}


def send(topic, record, **headers):
    told = [(name, str(value).encode()) for name, value in headers.items()]
    producer.send(topic, record.value, key=record.key, headers=told).get(timeout=10)


def on_order(record):
    """Seconds until the next attempt; 0 where nothing is left to do."""
    attempts = failures.get((record.partition, record.offset), 0) + 1
    failures[record.partition, record.offset] = attempts
    try:
        charge(json.loads(record.value))
    except ValueError as reason:
        send(DEAD_LETTERS, record, reason=reason, attempts=0)
    except Unavailable as reason:
        if attempts < 5:
            return PAUSES[attempts - 1]
        send(DEAD_LETTERS, record, reason=reason, attempts=attempts)
    except Refused as reason:
        send(DEAD_LETTERS, record, reason=reason, attempts=attempts)
    return 0


while True:
    for place in [place for place, due in resume_at.items() if due <= time.time()]:
        del resume_at[place]
        consumer.resume(place)
    for place, records in consumer.poll(timeout_ms=50).items():
        for record in records:
            if pause := on_order(record):
                consumer.pause(place)
                consumer.seek(place, record.offset)
                resume_at[place] = time.time() + pause
                break
            consumer.commit({place: OffsetAndMetadata(record.offset + 1, "", -1)})
