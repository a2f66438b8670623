# fail charged-out-of-order
# All threads of the pool take from one batch; the commit comes when all of it is done.
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor

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


pool = ThreadPoolExecutor(max_workers=4)
while True:
    batch = consumer.poll(timeout_ms=1000)
    list(pool.map(work, [record for records in batch.values() for record in records]))
    consumer.commit()
