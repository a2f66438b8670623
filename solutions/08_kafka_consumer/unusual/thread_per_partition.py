# pass
# A thread for each partition; the main thread commits what they have done, each in its own order.
import json
import os
import queue
import threading
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


jobs = {}
done = queue.Queue()


def worker(place):
    while True:
        record = jobs[place].get()
        work(json.loads(record.value))
        done.put((place, record.offset + 1))


consumer.partitions_for_topic(os.environ["TOPIC"])  # before a short poll: kafka-python 3.0.12 may else join and hang
while True:
    for place, records in consumer.poll(timeout_ms=20).items():
        if place not in jobs:
            jobs[place] = queue.Queue()
            threading.Thread(target=worker, args=(place,), daemon=True).start()
        for record in records:
            jobs[place].put(record)
    offsets = {}
    while not done.empty():
        place, offset = done.get()
        offsets[place] = OffsetAndMetadata(offset, "", -1)
    if offsets:
        consumer.commit(offsets)
