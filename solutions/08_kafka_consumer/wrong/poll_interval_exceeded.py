# fail poll-interval-exceeded
# A short poll interval finds stuck members fast. A charge that takes longer looks like one.
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
    max_poll_interval_ms=1000,
    session_timeout_ms=1000,
    heartbeat_interval_ms=300,
)

while True:
    for place, records in consumer.poll(timeout_ms=1000, max_records=1).items():
        for record in records:
            try:
                while True:
                    try:
                        charge(json.loads(record.value))
                        break
                    except Unavailable:
                        time.sleep(0.05)
            except Refused as reason:
                print(reason)
            consumer.commit({place: OffsetAndMetadata(record.offset + 1, "", -1)})
