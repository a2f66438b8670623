# fail commit-before-work
"""Commits each record before it charges it, so that nothing is charged twice."""

import json
import os
import signal
import sys

from kafka import KafkaConsumer, OffsetAndMetadata, TopicPartition
from shop import charge

signal.signal(signal.SIGTERM, lambda signum, frame: sys.exit(0))
TOPIC = os.environ["TOPIC"]
consumer = KafkaConsumer(
    TOPIC, bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"], group_id=os.environ["GROUP"], auto_offset_reset="earliest",
    enable_auto_commit=False,
)
consumer.partitions_for_topic(TOPIC)

for record in consumer:
    place = TopicPartition(record.topic, record.partition)
    consumer.commit({place: OffsetAndMetadata(record.offset + 1, "", -1)})
    charge(json.loads(record.value))
