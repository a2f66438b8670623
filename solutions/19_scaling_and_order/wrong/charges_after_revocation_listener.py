# fail charges-after-revocation
# There is a listener, and it commits; the workers go on.
import json
import os
import queue
import threading
import time

from kafka import ConsumerRebalanceListener, KafkaConsumer, OffsetAndMetadata
from kafka.errors import CommitFailedError
from shop import Unavailable, charge

consumer = KafkaConsumer(
    bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"],
    group_id=os.environ["GROUP"],
    auto_offset_reset="earliest",
    enable_auto_commit=False,
    heartbeat_interval_ms=300,
)
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


def ready():
    offsets = {}
    while not done.empty():
        place, following = done.get()
        if place in consumer.assignment():
            offsets[place] = OffsetAndMetadata(following, "", -1)
    return offsets


class HandOver(ConsumerRebalanceListener):
    def on_partitions_revoked(self, revoked):
        consumer.commit_async(ready())

    def on_partitions_assigned(self, assigned):
        print("assigned:", sorted(place.partition for place in assigned))


consumer.subscribe([os.environ["TOPIC"]], listener=HandOver())
consumer.partitions_for_topic(os.environ["TOPIC"])
while True:
    for place, records in consumer.poll(timeout_ms=50).items():
        for record in records:
            hand_out(place, record)
    if offsets := ready():
        try:
            consumer.commit(offsets)
        except CommitFailedError as reason:
            print(reason)
