# pass
# Commits the position of the record in hand before it begins: all before it is done. The last one of each partition
# is never committed, and comes again after a restart.
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
        for record in records:
            consumer.commit({place: OffsetAndMetadata(record.offset, "", -1)})
            work(json.loads(record.value))
