# pass
# guarantee: at-most-once
# One commit for a whole batch, before any of it: a kill skips what is left of the batch.
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
    if batch:
        consumer.commit()
    for records in batch.values():
        for record in records:
            work(json.loads(record.value))
