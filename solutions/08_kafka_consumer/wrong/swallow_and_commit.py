# fail swallow-and-commit
import json
import os

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
    try:
        charge(json.loads(record.value))
    except Exception as error:
        print("could not charge:", error)
    consumer.commit()
