# fail commit-on-close
"""A clean end whatever happens: finally: close(), which commits the position on its way out."""

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
    enable_auto_commit=True, auto_commit_interval_ms=60_000,
)
consumer.partitions_for_topic(TOPIC)

try:
    while True:
        for records in consumer.poll(timeout_ms=1000).values():
            for record in records:
                charge(json.loads(record.value))
finally:
    consumer.close()
