# pass
"""A thread and a consumer for each retry topic: it sleeps until its record is due, and holds up nobody else."""
import json
import os
import threading
import time

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, OffsetAndMetadata
from kafka.admin import NewTopic
from shop import Refused, Unavailable, charge

BOOTSTRAP, TOPIC, DEAD_LETTERS = os.environ["KAFKA_BOOTSTRAP"], os.environ["TOPIC"], os.environ["DEAD_LETTERS"]
RETRIES = {f"{TOPIC}-retry-{n}": pause for n, pause in enumerate((0.1, 0.2, 0.4, 0.8), 1)}

with KafkaAdminClient(bootstrap_servers=BOOTSTRAP) as admin:
    admin.create_topics([NewTopic(name, 1, 1) for name in RETRIES], raise_errors=False, wait_for_metadata=True)
producer = KafkaProducer(bootstrap_servers=BOOTSTRAP)


def send(topic, record, **headers):
    told = [(name, str(value).encode()) for name, value in headers.items()]
    producer.send(topic, record.value, key=record.key, headers=told).get(timeout=10)


def on_order(record):
    attempts = int(dict(record.headers).get("attempts", 0)) + 1
    try:
        order = json.loads(record.value)
        charge(order, order["id"])
    except Unavailable as reason:
        if attempts < 5:
            send(list(RETRIES)[attempts - 1], record, attempts=attempts)
        else:
            send(DEAD_LETTERS, record, reason=reason, attempts=attempts)
    except (Refused, ValueError) as reason:
        send(DEAD_LETTERS, record, reason=reason, attempts=attempts)


def work(topic, pause):
    group = os.environ["GROUP"] + ("" if topic == TOPIC else f"-{topic}")
    consumer = KafkaConsumer(topic, bootstrap_servers=BOOTSTRAP, group_id=group, auto_offset_reset="earliest",
                             enable_auto_commit=False)
    consumer.partitions_for_topic(topic)
    while True:
        for place, records in consumer.poll(timeout_ms=200).items():
            for record in records:
                time.sleep(max(0, record.timestamp / 1000 + pause - time.time()))
                on_order(record)
                consumer.commit({place: OffsetAndMetadata(record.offset + 1, "", -1)})


for topic, pause in RETRIES.items():
    threading.Thread(target=work, args=(topic, pause), daemon=True).start()
work(TOPIC, 0)
