# pass
# After a 503 it goes back to the record and polls again, so that it is never silent for long.
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
                charge(json.loads(record.value))
            except Unavailable:
                consumer.seek(place, record.offset)
                time.sleep(0.1)
                break
            except Refused as reason:
                print(reason)
            consumer.commit({place: OffsetAndMetadata(record.offset + 1, "", -1)})
