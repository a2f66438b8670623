# fail commit-covers-unprocessed
# The first order of a partition is charged at once, the rest of the batch in the background; the commit covers both.
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


def work_through(records):
    for record in records:
        work(record)


pool = ThreadPoolExecutor(max_workers=8)
while True:
    batch = consumer.poll(timeout_ms=1000)
    for records in batch.values():
        work(records[0])
    for records in batch.values():
        pool.submit(work_through, records[1:])
    if batch:
        consumer.commit()
