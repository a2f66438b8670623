# fail group-of-one-each
"""A group name of its own for each start: nothing is lost, and everything is charged again."""

import json
import os
import signal
import sys
import uuid

from kafka import KafkaConsumer
from shop import charge

signal.signal(signal.SIGTERM, lambda signum, frame: sys.exit(0))
TOPIC = os.environ["TOPIC"]
consumer = KafkaConsumer(
    TOPIC, bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"], group_id=f"{os.environ['GROUP']}-{uuid.uuid4()}",
    auto_offset_reset="earliest", enable_auto_commit=False,
)
consumer.partitions_for_topic(TOPIC)

for record in consumer:
    charge(json.loads(record.value))
    consumer.commit()
