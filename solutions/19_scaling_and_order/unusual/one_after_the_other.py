# pass
# No threads: the order is kept, and as many processes as there are partitions share the work.
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


for record in consumer:
    work(record)
    consumer.commit()
