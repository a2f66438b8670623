# fail commit-covers-unprocessed
import json
import os

from kafka import KafkaConsumer
from shop import charge

consumer = KafkaConsumer(
    os.environ["TOPIC"],
    bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"],
    group_id=os.environ["GROUP"],
    auto_offset_reset="earliest",
    enable_auto_commit=False,
)

while True:
    for records in consumer.poll(timeout_ms=1000, max_records=10).values():
        for record in records:
            charge(json.loads(record.value))
            consumer.commit_async()
