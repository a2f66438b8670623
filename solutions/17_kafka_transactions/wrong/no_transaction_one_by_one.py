# fail no-transaction
import json
import os

from kafka import KafkaConsumer, KafkaProducer, OffsetAndMetadata


def invoice(order):
    return json.dumps({"id": order["id"], "total": order["amount"]}).encode()


consumer = KafkaConsumer(
    os.environ["TOPIC"],
    bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"],
    group_id=os.environ["GROUP"],
    auto_offset_reset="earliest",
    enable_auto_commit=False,
    isolation_level="read_committed",
)
producer = KafkaProducer(bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"])
while True:
    batch = consumer.poll(timeout_ms=1000)
    if not batch:
        continue
    for place, records in batch.items():
        for record in records:
            producer.send(os.environ["OUTPUT_TOPIC"], invoice(json.loads(record.value)), key=record.key).get()
            consumer.commit({place: OffsetAndMetadata(record.offset + 1, "", -1)})
