# pass
# One topic for all: what waits goes back to the end of TOPIC with a due time, and round again while it is too early.
import json
import os
import time

from kafka import KafkaConsumer, KafkaProducer, OffsetAndMetadata
from shop import Refused, Unavailable, charge

BOOTSTRAP, TOPIC, DEAD_LETTERS = os.environ["KAFKA_BOOTSTRAP"], os.environ["TOPIC"], os.environ["DEAD_LETTERS"]
PAUSES = (0.1, 0.2, 0.4, 0.8)

producer = KafkaProducer(bootstrap_servers=BOOTSTRAP)
consumer = KafkaConsumer(TOPIC, bootstrap_servers=BOOTSTRAP, group_id=os.environ["GROUP"], auto_offset_reset="earliest",
                         enable_auto_commit=False)
consumer.partitions_for_topic(TOPIC)


def send(topic, record, headers):
    producer.send(topic, record.value, key=record.key, headers=[(k, str(v).encode()) for k, v in headers.items()]).get(timeout=10)


def on_order(record):
    headers = {name: value.decode() for name, value in record.headers}
    if float(headers.get("due", 0)) > time.time():
        time.sleep(0.02)  # else it would turn as fast as Kafka can
        send(TOPIC, record, headers)
        return
    attempts = int(headers.get("attempts", 0)) + 1
    try:
        charge(json.loads(record.value))
    except Unavailable as reason:
        if attempts < 5:
            send(TOPIC, record, {"attempts": attempts, "due": time.time() + PAUSES[attempts - 1]})
        else:
            send(DEAD_LETTERS, record, {"reason": reason, "attempts": attempts})
    except (Refused, ValueError) as reason:
        send(DEAD_LETTERS, record, {"reason": reason, "attempts": attempts})


while True:
    for place, records in consumer.poll(timeout_ms=100).items():
        for record in records:
            on_order(record)
            consumer.commit({place: OffsetAndMetadata(record.offset + 1, "", -1)})
