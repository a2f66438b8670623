# fail charged-out-of-order
# A queue for each worker, as it should be; but the worker is chosen by the order, not by the customer.
import json
import os
import queue
import threading
import time
from zlib import crc32

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


def run(mine):
    while True:
        work(mine.get())
        mine.task_done()


queues = [queue.Queue() for _ in range(4)]
for each in queues:
    threading.Thread(target=run, args=(each,), daemon=True).start()
while True:
    batch = consumer.poll(timeout_ms=1000)
    for records in batch.values():
        for record in records:
            queues[crc32(json.loads(record.value)["id"].encode()) % 4].put(record)
    for each in queues:
        each.join()
    consumer.commit()
