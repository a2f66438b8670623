# pass
# Two consumers of one group in two threads of one process.
import json
import os
import threading
import time

from kafka import KafkaConsumer
from shop import Refused, Unavailable, charge


def member():
    consumer = KafkaConsumer(
        os.environ["TOPIC"],
        bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"],
        group_id=os.environ["GROUP"],
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        heartbeat_interval_ms=100,
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


for _ in range(2):
    threading.Thread(target=member).start()
