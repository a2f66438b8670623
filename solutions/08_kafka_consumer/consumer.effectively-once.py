"""Effectively once: as at least once, and each charge carries the order's id as its key, so the shop knows a second one."""

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
            order = json.loads(record.value)
            pause = 0.1
            while not stopping:
                try:
                    charge(order, key=order["id"])
                except Unavailable:
                    # Not charged, but it may be soon. Uncommitted, the order stays ours. All orders behind it wait, too.
                    time.sleep(pause)
                    pause = min(2 * pause, 2.0)
                    continue
                except Refused as reason:
                    # Asking again cannot help, and the orders behind it must not wait for ever: leave a trace, go on.
                    print(reason)
                # Only now is everything before offset + 1 done. commit() alone would commit the end of the whole batch.
                consumer.commit({place: OffsetAndMetadata(record.offset + 1, "", -1)})
                break

consumer.close(autocommit=False)
