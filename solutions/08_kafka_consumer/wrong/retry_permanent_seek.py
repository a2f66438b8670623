# fail retry-permanent
# Seeks back to the failed record on every error, also on one that will never pass.
import json
import os
import time

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
    for place, records in consumer.poll(timeout_ms=1000).items():
        for record in records:
            try:
                charge(json.loads(record.value))
            except Exception:
                time.sleep(0.1)
                consumer.seek(place, record.offset)
                break
            consumer.commit({place: OffsetAndMetadata(record.offset + 1, "", -1)})
