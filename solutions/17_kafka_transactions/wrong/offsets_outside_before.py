# fail offsets-outside-transaction
# Commits the offsets first, "so that nothing is invoiced twice".
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
    consumer.commit(offsets)
    producer.begin_transaction()
    for records in batch.values():
        for record in records:
            producer.send(os.environ["OUTPUT_TOPIC"], invoice(json.loads(record.value)), key=record.key)
    producer.commit_transaction()
