"""Charge several orders at once, and those of each customer in order: one worker for each partition."""

import json
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

from kafka import ConsumerRebalanceListener, KafkaConsumer, OffsetAndMetadata
from shop import Unavailable, charge

stopping = False  # becomes True when the program is asked to stop


def stop(signum, frame):
    # Only a note for later: the orders in hand are finished first.
    global stopping
    stopping = True


signal.signal(signal.SIGTERM, stop)

consumer = KafkaConsumer(
    bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"],
    group_id=os.environ["GROUP"],
    auto_offset_reset="earliest",
    enable_auto_commit=False,
    heartbeat_interval_ms=300,  # a member hears of a rebalance with a heartbeat; every 3 s unless told otherwise
)
pool = ThreadPoolExecutor(max_workers=8)


# region task: a worker that keeps the order
at_work = {}  # partition -> the future of its worker
done = {}  # partition -> the offset behind the last order charged
lost = set()  # partitions whose worker has to stop
back = {}  # partition -> where its worker stopped


def work(place, records):
    """Charge the records of one partition, one after the other; returns the offset to go on at."""
    for record in records:
        while True:
            if stopping or place in lost:
                return record.offset
            try:
                charge(json.loads(record.value))
                break
            except Unavailable:
                time.sleep(0.1)  # the orders behind it wait: they are not to overtake it
        done[place] = record.offset + 1
    return records[-1].offset + 1


def ready():
    """What is done and not committed yet: partition -> the offset to go on at."""
    return {place: OffsetAndMetadata(done.pop(place), "", -1) for place in list(done)}


class HandOver(ConsumerRebalanceListener):
    def on_partitions_revoked(self, revoked):
        # Whoever is next begins at the committed offset, so nothing of ours may still be at work then.
        lost.update(revoked)
        for place in revoked:
            if place in at_work:
                back[place] = at_work.pop(place).result()
        consumer.commit_async(ready())  # kafka-python 3: commit() must not be called here, it would wait for this very thread

    def on_partitions_assigned(self, assigned):
        for place in assigned:
            if place in back:  # it comes back at once, and kafka-python has kept its position and its pause
                consumer.seek(place, back[place])
            consumer.resume(place)
        back.clear()
        lost.clear()


consumer.subscribe([os.environ["TOPIC"]], listener=HandOver())
# starter:
#| def work(record):
#|     while not stopping:
#|         try:
#|             charge(json.loads(record.value))
#|             return
#|         except Unavailable:
#|             time.sleep(0.1)
#|
#|
#| consumer.subscribe([os.environ["TOPIC"]])
# endregion
# kafka-python 3.0.12: a short poll may join the group before the topic is known, and is then given nothing for ever.
consumer.partitions_for_topic(os.environ["TOPIC"])

while not stopping:
    batch = consumer.poll(timeout_ms=50)
    # region task: hand out the batch, and commit what is done
    for place, records in batch.items():
        consumer.pause(place)  # no more of it while its worker is busy; polling goes on, and keeps us in the group
        at_work[place] = pool.submit(work, place, records)
    if charged := ready():
        consumer.commit(charged)  # only from the thread that polls: the consumer is not thread-safe
    for place in [place for place, worker in at_work.items() if worker.done()]:
        at_work.pop(place).result()
        consumer.resume(place)
    # starter:
    #| if batch:
    #|     list(pool.map(work, [record for records in batch.values() for record in records]))
    #|     consumer.commit()
    # endregion

pool.shutdown()
# region task: the last word
if charged := ready():
    consumer.commit(charged)
# starter:
#|
# endregion
consumer.close(autocommit=False)
