# fail read-uncommitted
# All is in one transaction; the reading is left at its default.
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
)
producer = KafkaProducer(
    bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"],
    transactional_id=os.environ["TRANSACTIONAL_ID"],
)
producer.init_transactions()
while True:
    batch = consumer.poll(timeout_ms=1000)
    if not batch:
        continue
    offsets = {place: OffsetAndMetadata(records[-1].offset + 1, "", -1) for place, records in batch.items()}
    producer.begin_transaction()
    for records in batch.values():
        for record in records:
            producer.send(os.environ["OUTPUT_TOPIC"], invoice(json.loads(record.value)), key=record.key)
    producer.send_offsets_to_transaction(offsets, consumer.group_metadata())
    producer.commit_transaction()
