# fail commit-on-close
# closing() closes whatever happens, and with auto-commit to close is to commit.
import json
import os
from contextlib import closing

from kafka import KafkaConsumer
from shop import charge

options = {"bootstrap_servers": os.environ["KAFKA_BOOTSTRAP"], "group_id": os.environ["GROUP"], "auto_offset_reset": "earliest"}
with closing(KafkaConsumer(os.environ["TOPIC"], **options)) as consumer:
    while True:
        for records in consumer.poll(timeout_ms=1000).values():
            for record in records:
                charge(json.loads(record.value))
