# fail skip-and-commit
# "The other worker takes those." It never sees them: a partition belongs to one member of the group.
import json
import os
import zlib

from kafka import KafkaConsumer
from shop import charge

consumer = KafkaConsumer(
    os.environ["TOPIC"],
    bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"],
    group_id=os.environ["GROUP"],
    auto_offset_reset="earliest",
    enable_auto_commit=False,
)

for record in consumer:
    order = json.loads(record.value)
    if zlib.crc32(order["id"].encode()) % 2 == 0:
        charge(order)
    consumer.commit()
