# fail retry-blocks-all
"""Sleeps between the attempts, with every partition behind it."""

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


def send(topic, record, **headers):
    told = [(name, str(value).encode()) for name, value in headers.items()]
    producer.send(topic, record.value, key=record.key, headers=told).get(timeout=10)


def on_order(record):
    for attempts, pause in enumerate((*PAUSES, 0), 1):
        try:
            order = json.loads(record.value)
            charge(order, key=order["id"])
        except ValueError as reason:
            send(DEAD_LETTERS, record, reason=reason, attempts=0)
        except Unavailable as reason:
            if attempts == 5:
                send(DEAD_LETTERS, record, reason=reason, attempts=attempts)
            time.sleep(pause)
            continue
        except Refused as reason:
            send(DEAD_LETTERS, record, reason=reason, attempts=attempts)
        return


while True:
    for place, records in consumer.poll(timeout_ms=50).items():
        for record in records:
            on_order(record)
            consumer.commit({place: OffsetAndMetadata(record.offset + 1, "", -1)})
