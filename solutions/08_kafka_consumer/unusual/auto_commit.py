# pass
# Auto-commit commits at the next poll what the last one returned. With all the work done in between, and no error
# that can reach close(), that is at least once.
import json
import os
import signal
import time

from kafka import KafkaConsumer
from shop import Refused, Unavailable, charge

consumer = KafkaConsumer(
    os.environ["TOPIC"],
    bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"],
    group_id=os.environ["GROUP"],
    auto_offset_reset="earliest",
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


running = True


def stop(*_):
    global running
    running = False


signal.signal(signal.SIGTERM, stop)
consumer.partitions_for_topic(os.environ["TOPIC"])
while running:
    for records in consumer.poll(timeout_ms=200).values():
        for record in records:
            work(json.loads(record.value))
consumer.close()
