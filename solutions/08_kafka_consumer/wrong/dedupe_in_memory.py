# fail charge-without-key
# guarantee: effectively-once
# What is remembered in memory is forgotten by the kill that makes the order come again.
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

done = set()
for record in consumer:
    order = json.loads(record.value)
    if order["id"] not in done:
        charge(order)
        done.add(order["id"])
    consumer.commit()
