# fail swallow-and-commit
# The error stays in a future that nobody looks at; auto-commit does the rest.
import json
import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor

from kafka import KafkaConsumer
from shop import charge

consumer = KafkaConsumer(
    os.environ["TOPIC"],
    bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"],
    group_id=os.environ["GROUP"],
    auto_offset_reset="earliest",
)

signal.signal(signal.SIGTERM, lambda *_: sys.exit())
with ThreadPoolExecutor(1) as pool:
    try:
        while True:
            for records in consumer.poll(timeout_ms=1000).values():
                for record in records:
                    pool.submit(charge, json.loads(record.value))
    finally:
        consumer.close()
