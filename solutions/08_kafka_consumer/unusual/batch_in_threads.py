# pass
# Eight threads work through a batch in any order; the commit waits for all of them.
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor

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


with ThreadPoolExecutor(8) as pool:
    while True:
        batch = consumer.poll(timeout_ms=1000, max_records=8)
        list(pool.map(work, [json.loads(record.value) for records in batch.values() for record in records]))
        if batch:
            consumer.commit()
