# fail retry-permanent
# Never gives up what can never succeed: all orders behind it wait for ever.
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
            charge(json.loads(record.value))
            break
        except (Unavailable, Refused):
            time.sleep(0.1)
    consumer.commit()
