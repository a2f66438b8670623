# fail commit-covers-unprocessed
# Newest first. Its commit stands behind the newest record, and so behind all older ones.
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


def work(order):
    """Until it is charged, or refused for good."""
    while True:
        try:
            charge(order)
            return
        except Unavailable:
            time.sleep(0.1)
        except Refused as reason:
            print(reason)
            return


while True:
    for place, records in consumer.poll(timeout_ms=1000).items():
        for record in reversed(records):
            work(json.loads(record.value))
            consumer.commit({place: OffsetAndMetadata(record.offset + 1, "", -1)})
