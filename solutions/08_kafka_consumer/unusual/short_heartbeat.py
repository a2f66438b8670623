# pass
# Notices at once that another member has joined, and shares the partitions with it in the middle of the work.
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
    session_timeout_ms=2000,
    heartbeat_interval_ms=50,
)
for record in consumer:
    while True:
        try:
            charge(json.loads(record.value))
            break
        except Unavailable:
            time.sleep(0.1)
        except Refused as reason:
            print(reason)
            break
    consumer.commit()
