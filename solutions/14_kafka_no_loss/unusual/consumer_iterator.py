# pass
"""The iterator form: here commit() without arguments commits the position behind the record in hand, and not the batch's end."""

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

for record in consumer:
    charge(json.loads(record.value))
    consumer.commit()
