# fail commit-before-work
# One record at a time, and still the commit comes first: killed in between, the group goes on behind it.
import json
import os

from kafka import KafkaConsumer, OffsetAndMetadata
from shop import charge

consumer = KafkaConsumer(
    os.environ["TOPIC"],
    bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"],
    group_id=os.environ["GROUP"],
    auto_offset_reset="earliest",
    enable_auto_commit=False,
)

while True:
    for place, records in consumer.poll(timeout_ms=1000, max_records=1).items():
        for record in records:
            consumer.commit({place: OffsetAndMetadata(record.offset + 1, "", -1)})
            charge(json.loads(record.value))
