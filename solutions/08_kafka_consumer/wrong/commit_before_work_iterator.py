# fail commit-before-work
# The iterator's position is behind the record in hand. Committed before the charge, it gives the record up.
import json
import os

from kafka import KafkaConsumer
from shop import charge

consumer = KafkaConsumer(
    os.environ["TOPIC"],
    bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"],
    group_id=os.environ["GROUP"],
    auto_offset_reset="earliest",
    enable_auto_commit=False,
)

for record in consumer:
    consumer.commit()
    charge(json.loads(record.value))
