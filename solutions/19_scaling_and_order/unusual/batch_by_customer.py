# pass
# The batch is sorted by customer, and each customer's orders are one task; the commit comes when all of the batch is done.
import json
import os
import time
from collections import defaultdict
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
    by_customer = defaultdict(list)
    for records in consumer.poll(timeout_ms=1000).values():
        for record in records:
            by_customer[record.key].append(record)
    list(pool.map(work_through, by_customer.values()))
    if by_customer:
        consumer.commit()
