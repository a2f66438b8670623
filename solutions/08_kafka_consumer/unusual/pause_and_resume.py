# pass
# A partition whose order cannot be charged now is paused; the others go on, and polling never stops.
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

waiting = {}  # partition -> when to try again
while True:
    for place in [place for place, when in waiting.items() if when < time.monotonic()]:
        del waiting[place]
        consumer.resume(place)
    for place, records in consumer.poll(timeout_ms=1000 if not waiting else 50).items():
        for record in records:
            try:
                charge(json.loads(record.value))
            except Unavailable:
                consumer.seek(place, record.offset)
                consumer.pause(place)
                waiting[place] = time.monotonic() + 0.2
                break
            except Refused as reason:
                print(reason)
            consumer.commit({place: OffsetAndMetadata(record.offset + 1, "", -1)})
