# pass
"""confluent-kafka: the promise is given in the delivery report."""

import json
import os
import sys

from confluent_kafka import Producer
from shop import accept, orders

failed = []


def report(order):
    def on_delivery(error, message):
        failed.append(error) if error else accept(order)
    return on_delivery


producer = Producer({"bootstrap.servers": os.environ["KAFKA_BOOTSTRAP"], "acks": "all", "enable.idempotence": True,
                     "reconnect.backoff.max.ms": 500})
for order in orders():
    producer.produce(os.environ["TOPIC"], json.dumps(order), order["customer"], on_delivery=report(order))
    producer.poll(0)
producer.flush()
sys.exit(bool(failed))
