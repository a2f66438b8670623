# pass
# guarantee: effectively-once
# Partition and offset name a record for good: read again it has the same. (A copy sent by a producer would not.)
import json
import os
import time

from kafka import KafkaConsumer
from shop import Refused, Unavailable, charge

consumer = KafkaConsumer(
    os.environ["TOPIC"],
    bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"],
    group_id=os.environ["GROUP"],
    auto_offset_reset="earliest",
    enable_auto_commit=False,
)

for record in consumer:
    while True:
        try:
            charge(json.loads(record.value), key=f"{record.topic}-{record.partition}-{record.offset}")
            break
        except Unavailable:
            time.sleep(0.1)
        except Refused as reason:
            print(reason)
            break
    consumer.commit()
