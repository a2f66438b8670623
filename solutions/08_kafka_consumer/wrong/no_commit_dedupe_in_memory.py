# fail no-commit
# Remembers in memory what it has done; the next process remembers nothing.
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

done = set()
while True:
    for records in consumer.poll(timeout_ms=1000).values():
        for record in records:
            order = json.loads(record.value)
            if order["id"] not in done:
                charge(order)
                done.add(order["id"])
