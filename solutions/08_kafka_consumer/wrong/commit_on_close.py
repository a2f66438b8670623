# fail commit-on-close
# Auto-commit is the default. On an error the finally closes the consumer, and close() commits the polled batch.
import json
import os

from kafka import KafkaConsumer
from shop import charge

consumer = KafkaConsumer(
    os.environ["TOPIC"],
    bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"],
    group_id=os.environ["GROUP"],
    auto_offset_reset="earliest",
)

try:
    while True:
        for records in consumer.poll(timeout_ms=1000).values():
            for record in records:
                charge(json.loads(record.value))
finally:
    consumer.close()
