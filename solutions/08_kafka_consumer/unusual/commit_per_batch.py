# pass
# One commit for a whole batch, after all of it. A kill brings the batch again, never less.
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
    batch = consumer.poll(timeout_ms=1000)
    for records in batch.values():
        for record in records:
            work(json.loads(record.value))
    if batch:
        consumer.commit()
