# pass
# Four threads for all partitions. Committed is only up to the first record that is still at work.
import json
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

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


lock = threading.Lock()
open_offsets = {}  # partition -> offsets at work
ends = {}  # partition -> the offset behind the last one handed out
pool = ThreadPoolExecutor(4)


def one(place, record):
    work(json.loads(record.value))
    with lock:
        open_offsets[place].remove(record.offset)


consumer.partitions_for_topic(os.environ["TOPIC"])  # before a short poll: kafka-python 3.0.12 may else join and hang
while True:
    for place, records in consumer.poll(timeout_ms=20).items():
        for record in records:
            with lock:
                open_offsets.setdefault(place, set()).add(record.offset)
                ends[place] = record.offset + 1
            pool.submit(one, place, record)
    with lock:
        offsets = {place: OffsetAndMetadata(min(open_offsets[place], default=end), "", -1) for place, end in ends.items()}
    if offsets:
        consumer.commit(offsets)
