# fail swallow-and-commit
# Leaves a failed record uncommitted and goes on. The next commit in its partition covers it.
import json
import os

from kafka import KafkaConsumer, OffsetAndMetadata
from shop import Refused, Unavailable, charge

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
            except (Unavailable, Refused):
                continue  # not committed, so it will come again
            consumer.commit({place: OffsetAndMetadata(record.offset + 1, "", -1)})
