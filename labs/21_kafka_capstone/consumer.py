"""Charge every order: try again later what may pass, put aside what will not, lose nothing, and charge nothing twice."""

import json
import os
import signal
import time

from kafka import KafkaConsumer
from shop import charge

BOOTSTRAP, TOPIC, DEAD_LETTERS = os.environ["KAFKA_BOOTSTRAP"], os.environ["TOPIC"], os.environ["DEAD_LETTERS"]
ATTEMPTS = 5
PAUSES = (0.1, 0.2, 0.4, 0.8)  # seconds before the second, third, fourth and fifth attempt

retry_topics = {}  # topic -> seconds that its records have to wait

consumer = KafkaConsumer(
    TOPIC,
    *retry_topics,
    bootstrap_servers=BOOTSTRAP,
    group_id=os.environ["GROUP"],
    auto_offset_reset="earliest",
    enable_auto_commit=False,
    fetch_max_wait_ms=50,  # while Kafka holds back an answer for this long, what was resumed is not asked for
)
for topic in (TOPIC, *retry_topics):
    consumer.partitions_for_topic(topic)  # kafka-python 3.0.12: who joins before it knows the topics may be given nothing




def on_order(record):
    charge(json.loads(record.value))


def stop(signum, frame):
    # Only a note for later: the order in hand is finished first.
    global stopping
    stopping = True


stopping = False  # becomes True when the program is asked to stop
signal.signal(signal.SIGTERM, stop)
resume_at = {}  # partitions that are paused -> when their first record is due

while not stopping:
    batch = consumer.poll(timeout_ms=50)
    if batch:
        consumer.commit()
    for records in batch.values():
        for record in records:
            on_order(record)

consumer.close(autocommit=False)
