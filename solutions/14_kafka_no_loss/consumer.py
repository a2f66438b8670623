"""Charge every order in the topic; commit the position behind an order only when it is charged."""

import json
import os
import signal

from kafka import KafkaConsumer, OffsetAndMetadata
# region task: what commit() raises when the partition is somebody else's by now
from kafka.errors import CommitFailedError
# starter:
# endregion
from shop import charge

TOPIC = os.environ["TOPIC"]
stopping = False  # becomes True when the program is asked to stop


def stop(signum, frame):
    # Only a note for later: the order in hand is finished first.
    global stopping
    stopping = True


signal.signal(signal.SIGTERM, stop)

consumer = KafkaConsumer(
    TOPIC,
    bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"],
    group_id=os.environ["GROUP"],
    auto_offset_reset="earliest",  # where a group begins that has committed nothing
    enable_auto_commit=False,
)
# kafka-python 3.0.12: a short poll may join the group before the topic is known, and is then given nothing for ever.
consumer.partitions_for_topic(TOPIC)

while not stopping:
    # region task: charge an order, then commit the position behind it, and nothing else
    batch = consumer.poll(timeout_ms=200)
    records = [(place, record) for place, some in batch.items() for record in some]
    for place, record in records:
        if stopping:
            break  # not charged, not committed: whoever has the partition next begins with it
        charge(json.loads(record.value))
        try:
            # commit() alone would commit the end of the whole batch.
            consumer.commit({place: OffsetAndMetadata(record.offset + 1, "", -1)})
        except CommitFailedError:
            # The group has given the partition to another member meanwhile, which charges this one again. The rest is its work.
            break
    # starter:
    #| batch = consumer.poll(timeout_ms=200)
    #| if batch:
    #|     consumer.commit()
    #| for records in batch.values():
    #|     for record in records:
    #|         charge(json.loads(record.value))
    # endregion

consumer.close(autocommit=False)
