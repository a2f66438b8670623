"""Charge several orders at once, and those of each customer in order: one worker for each partition."""

import json
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

from kafka import ConsumerRebalanceListener, KafkaConsumer, OffsetAndMetadata
from shop import Unavailable, charge

stopping = False  # becomes True when the program is asked to stop


def stop(signum, frame):
    # Only a note for later: the orders in hand are finished first.
    global stopping
    stopping = True


signal.signal(signal.SIGTERM, stop)

consumer = KafkaConsumer(
    bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"],
    group_id=os.environ["GROUP"],
    auto_offset_reset="earliest",
    enable_auto_commit=False,
    heartbeat_interval_ms=300,  # a member hears of a rebalance with a heartbeat; every 3 s unless told otherwise
)
pool = ThreadPoolExecutor(max_workers=8)


def work(record):
    while not stopping:
        try:
            charge(json.loads(record.value))
            return
        except Unavailable:
            time.sleep(0.1)


consumer.subscribe([os.environ["TOPIC"]])
# kafka-python 3.0.12: a short poll may join the group before the topic is known, and is then given nothing for ever.
consumer.partitions_for_topic(os.environ["TOPIC"])

while not stopping:
    batch = consumer.poll(timeout_ms=50)
    if batch:
        list(pool.map(work, [record for records in batch.values() for record in records]))
        consumer.commit()

pool.shutdown()

consumer.close(autocommit=False)
