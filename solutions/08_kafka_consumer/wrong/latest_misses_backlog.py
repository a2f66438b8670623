# fail latest-misses-backlog
# auto_offset_reset was left at its default.
import json
import os

from kafka import KafkaConsumer
from shop import charge

consumer = KafkaConsumer(os.environ["TOPIC"], bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"], group_id=os.environ["GROUP"])
for record in consumer:
    charge(json.loads(record.value))
