# pass
# The iterator's position is behind the record in hand, and no further: here commit() without offsets is right.
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


for record in consumer:
    work(json.loads(record.value))
    consumer.commit()
