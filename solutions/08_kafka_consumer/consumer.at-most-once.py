"""At most once: commit the position behind an order, then charge it; a kill in between skips the order."""

import json
import os
import signal
import time

from kafka import KafkaConsumer, OffsetAndMetadata
from shop import Refused, Unavailable, charge

stopping = False  # becomes True when the program is asked to stop


def stop(signum, frame):
    # Only a note for later: the order in hand is finished first.
    global stopping
    stopping = True


signal.signal(signal.SIGTERM, stop)

consumer = KafkaConsumer(
    os.environ["TOPIC"],
    bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"],
    group_id=os.environ["GROUP"],
    auto_offset_reset="earliest",  # where a group begins that has committed nothing; "latest" would skip what is there
    enable_auto_commit=False,
)
# kafka-python 3.0.12: a short poll may join the group before the topic is known, and is then given nothing for ever.
consumer.partitions_for_topic(os.environ["TOPIC"])

while not stopping:
    for place, records in consumer.poll(timeout_ms=200).items():
        for record in records:
            if stopping:
                break
            # From here on the order is never looked at again, whatever becomes of it.
            consumer.commit({place: OffsetAndMetadata(record.offset + 1, "", -1)})
            pause = 0.1
            while True:
                try:
                    charge(json.loads(record.value))
                except Unavailable:
                    if stopping:
                        break
                    time.sleep(pause)  # not charged: another attempt cannot make it twice
                    pause = min(2 * pause, 2.0)
                    continue
                except Refused as reason:
                    print(reason)
                break

consumer.close(autocommit=False)
