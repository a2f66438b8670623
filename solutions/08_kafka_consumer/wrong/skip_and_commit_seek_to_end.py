# fail skip-and-commit
# or: latest-misses-backlog
# Jumps to the end at the start, in order not to do old things again.
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

while not consumer.assignment():
    consumer.poll(timeout_ms=1000)
consumer.seek_to_end()
while True:
    for records in consumer.poll(timeout_ms=1000).values():
        for record in records:
            charge(json.loads(record.value))
    consumer.commit()
