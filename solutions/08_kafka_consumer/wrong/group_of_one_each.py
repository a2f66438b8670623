# fail group-of-one-each
import json
import os
import uuid

from kafka import KafkaConsumer
from shop import charge

consumer = KafkaConsumer(
    os.environ["TOPIC"],
    bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"],
    group_id=f"shop-{uuid.uuid4()}",
    auto_offset_reset="earliest",
    enable_auto_commit=False,
)
for record in consumer:
    charge(json.loads(record.value))
    consumer.commit()
