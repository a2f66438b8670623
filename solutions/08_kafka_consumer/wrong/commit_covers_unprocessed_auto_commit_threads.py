# fail commit-covers-unprocessed
# or: commit-before-work
# The work is handed to a thread, poll() goes on, and auto-commit commits what poll() has returned, done or not. Whether the
# thread had done anything of a partition by then is its luck, and decides the name.
import json
import os
import queue
import threading

from kafka import KafkaConsumer
from shop import charge

consumer = KafkaConsumer(
    os.environ["TOPIC"],
    bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"],
    group_id=os.environ["GROUP"],
    auto_offset_reset="earliest",
    auto_commit_interval_ms=50,
)

jobs = queue.Queue()


def work():
    while True:
        charge(json.loads(jobs.get()))


threading.Thread(target=work, daemon=True).start()
while True:
    for records in consumer.poll(timeout_ms=1000).values():
        for record in records:
            jobs.put(record.value)
