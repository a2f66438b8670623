# fail charges-after-revocation
# A worker for each partition, and commits of what is done; nobody tells the workers that a partition has gone.
import json
import os
import queue
import threading
import time

from kafka import KafkaConsumer, OffsetAndMetadata
from kafka.errors import CommitFailedError
from shop import Unavailable, charge

consumer = KafkaConsumer(
    os.environ["TOPIC"],
    bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"],
    group_id=os.environ["GROUP"],
    auto_offset_reset="earliest",
    enable_auto_commit=False,
    heartbeat_interval_ms=300,
)
consumer.partitions_for_topic(os.environ["TOPIC"])
queues, done = {}, queue.Queue()

def work(record):
    """Until it is charged."""
    while True:
        try:
            charge(json.loads(record.value))
            return
        except Unavailable:
            time.sleep(0.1)


def run(place):
    while True:
        record = queues[place].get()
        work(record)
        done.put((place, record.offset + 1))


def hand_out(place, record):
    if place not in queues:
        queues[place] = queue.Queue()
        threading.Thread(target=run, args=(place,), daemon=True).start()
    queues[place].put(record)


while True:
    for place, records in consumer.poll(timeout_ms=50).items():
        for record in records:
            hand_out(place, record)
    while not done.empty():
        place, following = done.get()
        if place in consumer.assignment():
            try:
                consumer.commit({place: OffsetAndMetadata(following, "", -1)})
            except CommitFailedError as reason:
                print(reason)
