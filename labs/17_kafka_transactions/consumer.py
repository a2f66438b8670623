"""Write one invoice for each order: the invoice and the offset of its order are committed in one transaction."""

import json
import os
import signal

from kafka import KafkaConsumer, KafkaProducer, OffsetAndMetadata

stopping = False  # becomes True when the program is asked to stop


def stop(signum, frame):
    # Only a note for later: the transaction in hand is finished first.
    global stopping
    stopping = True


signal.signal(signal.SIGTERM, stop)


def invoice(order):
    return json.dumps({"id": order["id"], "customer": order["customer"], "total": round(order["amount"] * 1.2, 2)}).encode()


consumer = KafkaConsumer(
    os.environ["TOPIC"],
    bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"],
    group_id=os.environ["GROUP"],
    auto_offset_reset="earliest",
    enable_auto_commit=False,

)
# kafka-python 3.0.12: a short poll may join the group before the topic is known, and is then given nothing for ever.
consumer.partitions_for_topic(os.environ["TOPIC"])

producer = KafkaProducer(bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"])

while not stopping:
    batch = consumer.poll(timeout_ms=200)
    if not batch:
        continue
    for place, records in batch.items():
        for record in records:
            producer.send(os.environ["OUTPUT_TOPIC"], invoice(json.loads(record.value)), key=record.key).get()
    consumer.commit()

producer.close()
consumer.close(autocommit=False)
