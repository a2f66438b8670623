# fail swallow-and-commit
# Leaves a failed record for later and goes on. The commit after the batch covers it like all the others.
import json
import os

from kafka import KafkaConsumer
from shop import Refused, Unavailable, charge

consumer = KafkaConsumer(
    os.environ["TOPIC"],
    bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"],
    group_id=os.environ["GROUP"],
    auto_offset_reset="earliest",
    enable_auto_commit=False,
)

while True:
    batch = consumer.poll(timeout_ms=1000)
    for records in batch.values():
        for record in records:
            try:
                charge(json.loads(record.value))
            except (Unavailable, Refused):
                continue  # not done, so it will come again
    if batch:
        consumer.commit()
