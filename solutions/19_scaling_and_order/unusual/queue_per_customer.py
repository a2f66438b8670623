# pass
# A worker for each customer; commits as far as there is no gap. At a rebalance the workers are waited for.
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor

from kafka import ConsumerRebalanceListener, KafkaConsumer, OffsetAndMetadata
from shop import Unavailable, charge

consumer = KafkaConsumer(
    bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"],
    group_id=os.environ["GROUP"],
    auto_offset_reset="earliest",
    enable_auto_commit=False,
    heartbeat_interval_ms=300,
)
workers = {}  # customer -> a pool of one thread, which is a queue
open_work = {}  # partition -> its (offset, future) pairs in order, from the first that is not committed


def work(record):
    """Until it is charged."""
    while True:
        try:
            charge(json.loads(record.value))
            return
        except Unavailable:
            time.sleep(0.1)


def done():
    """Partition -> the offset as far as which all is charged."""
    offsets = {}
    for place, pairs in open_work.items():
        while pairs and pairs[0][1].done():
            offsets[place] = OffsetAndMetadata(pairs.pop(0)[0] + 1, "", -1)
    return offsets


class HandOver(ConsumerRebalanceListener):
    def on_partitions_revoked(self, revoked):
        for place in revoked:
            for _, future in open_work.get(place, ()):
                future.result()
        consumer.commit_async(done())

    def on_partitions_assigned(self, assigned):
        print("assigned:", sorted(place.partition for place in assigned))


consumer.subscribe([os.environ["TOPIC"]], listener=HandOver())
consumer.partitions_for_topic(os.environ["TOPIC"])
while True:
    for place, records in consumer.poll(timeout_ms=50).items():
        for record in records:
            worker = workers.setdefault(record.key, ThreadPoolExecutor(max_workers=1))
            open_work.setdefault(place, []).append((record.offset, worker.submit(work, record)))
    if offsets := done():
        consumer.commit(offsets)
