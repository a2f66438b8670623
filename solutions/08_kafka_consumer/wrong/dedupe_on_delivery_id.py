# fail dedupe-on-delivery-id
# guarantee: effectively-once
# An offset names a record within its partition only: the other partitions have the same numbers.
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
    charge(json.loads(record.value), key=str(record.offset))
    consumer.commit()
