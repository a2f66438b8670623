# fail charged-out-of-order
# The newest first, since its customer is still at the screen.
import json
import os
import time

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


def work(record):
    """Until it is charged."""
    while True:
        try:
            charge(json.loads(record.value))
            return
        except Unavailable:
            time.sleep(0.1)


while True:
    batch = consumer.poll(timeout_ms=1000)
    for records in batch.values():
        for record in reversed(records):
            work(record)
    consumer.commit()
