# fail charged-out-of-order
# One after the other; but what fails is put at the end of the line, and the others overtake it.
import json
import os
from collections import deque

from kafka import KafkaConsumer
from shop import Unavailable, charge

consumer = KafkaConsumer(
    os.environ["TOPIC"],
    bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"],
    group_id=os.environ["GROUP"],
    auto_offset_reset="earliest",
    enable_auto_commit=False,
    heartbeat_interval_ms=300,
)
while True:
    batch = consumer.poll(timeout_ms=1000)
    line = deque(record for records in batch.values() for record in records)
    while line:
        record = line.popleft()
        try:
            charge(json.loads(record.value))
        except Unavailable:
            line.append(record)
    consumer.commit()
