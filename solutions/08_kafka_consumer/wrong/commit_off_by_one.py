# fail commit-off-by-one
import json
import os
import time

from kafka import KafkaConsumer, OffsetAndMetadata
from shop import Refused, Unavailable, charge

consumer = KafkaConsumer(
    os.environ["TOPIC"],
    bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"],
    group_id=os.environ["GROUP"],
    auto_offset_reset="earliest",
    enable_auto_commit=False,
)

while True:
    for place, records in consumer.poll(timeout_ms=1000).items():
        for record in records:
            try:
                while True:
                    try:
                        charge(json.loads(record.value))
                        break
                    except Unavailable:
                        time.sleep(0.1)
            except Refused:
                print("refused", record.offset)
            consumer.commit({place: OffsetAndMetadata(record.offset, "", -1)})
