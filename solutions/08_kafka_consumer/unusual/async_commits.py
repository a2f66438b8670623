# pass
# Does not wait for the answers to its commits. A commit that is lost is made good by the next one.
import json
import os
import signal
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


def told(offsets, answer):
    if isinstance(answer, Exception):
        print("commit failed:", answer)


running = True


def stop(*_):
    global running
    running = False


signal.signal(signal.SIGTERM, stop)
consumer.partitions_for_topic(os.environ["TOPIC"])  # before a short poll: kafka-python 3.0.12 may else join and hang
while running:
    for place, records in consumer.poll(timeout_ms=200).items():
        for record in records:
            work(json.loads(record.value))
            consumer.commit_async({place: OffsetAndMetadata(record.offset + 1, "", -1)}, callback=told)
consumer.close(autocommit=False)
