# fail commit-on-close
"""Commits after each batch that is done, and once more on the way out: by then poll() has gone behind what was not charged."""

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

try:
    while True:
        batch = consumer.poll(timeout_ms=1000)
        for records in batch.values():
            for record in records:
                charge(json.loads(record.value))
        if batch:
            consumer.commit()
finally:
    consumer.commit()
    consumer.close()
