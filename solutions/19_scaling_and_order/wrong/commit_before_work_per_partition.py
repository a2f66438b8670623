# fail commit-before-work
# A worker for each partition; the batch is committed before it is handed out, so that it is not fetched twice.
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
    if batch:
        consumer.commit()
    for worker in [pool.submit(work_through, records) for records in batch.values()]:
        worker.result()
