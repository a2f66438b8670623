# fail skip-and-commit
"""Charges each order once: a note on disk, made before the charge, says which have been seen."""

import json
import os
import signal
import sys
from pathlib import Path

from kafka import KafkaConsumer
from shop import charge

signal.signal(signal.SIGTERM, lambda signum, frame: sys.exit(0))
TOPIC = os.environ["TOPIC"]
consumer = KafkaConsumer(
    TOPIC, bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"], group_id=os.environ["GROUP"], auto_offset_reset="earliest",
    enable_auto_commit=False,
)
consumer.partitions_for_topic(TOPIC)
seen = Path(os.environ["STATE_DIR"], "seen")
seen.mkdir(exist_ok=True)

while True:
    batch = consumer.poll(timeout_ms=1000)
    records = [record for some in batch.values() for record in some]
    fresh = [record for record in records if not (seen / json.loads(record.value)["id"]).exists()]
    for record in records:
        (seen / json.loads(record.value)["id"]).touch()
    for record in fresh:
        charge(json.loads(record.value))
    if batch:
        consumer.commit()
