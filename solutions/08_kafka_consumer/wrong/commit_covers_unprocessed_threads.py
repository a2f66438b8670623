# fail commit-covers-unprocessed
# Four threads, and whoever is done commits behind its own record: also behind those that are still at work.
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor, as_completed

from kafka import KafkaConsumer, OffsetAndMetadata
from shop import Refused, Unavailable, charge

consumer = KafkaConsumer(
    os.environ["TOPIC"],
    bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"],
    group_id=os.environ["GROUP"],
    auto_offset_reset="earliest",
    enable_auto_commit=False,
)


def work(record):
    while True:
        try:
            return charge(json.loads(record.value))
        except Unavailable:
            time.sleep(0.1)
        except Refused as reason:
            return print(reason)


with ThreadPoolExecutor(4) as pool:
    while True:
        batch = consumer.poll(timeout_ms=1000)
        jobs = {pool.submit(work, record): (place, record) for place, records in batch.items() for record in records}
        for job in as_completed(jobs):
            place, record = jobs[job]
            consumer.commit({place: OffsetAndMetadata(record.offset + 1, "", -1)})
