# fail commit-before-work
"""Commits what poll() has returned, then works it through."""

import json
import os
import signal
import sys

from kafka import KafkaConsumer
from shop import charge

signal.signal(signal.SIGTERM, lambda signum, frame: sys.exit(0))
TOPIC = os.environ["TOPIC"]
consumer = KafkaConsumer(
    TOPIC, bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"], group_id=os.environ["GROUP"], auto_offset_reset="earliest",
    enable_auto_commit=False,
)
consumer.partitions_for_topic(TOPIC)

while True:
    batch = consumer.poll(timeout_ms=1000)
    if batch:
        consumer.commit()
    for records in batch.values():
        for record in records:
            charge(json.loads(record.value))
