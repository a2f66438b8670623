# fail dedupe-on-delivery-id
# guarantee: effectively-once
# A fresh UUID for every delivery is a key that matches nothing.
import json
import os
import uuid

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
    charge(json.loads(record.value), key=str(uuid.uuid4()))
    consumer.commit()
