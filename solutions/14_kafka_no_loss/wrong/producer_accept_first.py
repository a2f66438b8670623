# fail accept-before-confirm
"""The customer is waiting: the promise first, the record right after."""

import json
import os

from kafka import KafkaProducer
from shop import accept, orders

TOPIC = os.environ["TOPIC"]
producer = KafkaProducer(bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"], acks="all")

for order in orders():
    accept(order)
    producer.send(TOPIC, key=order["customer"].encode(), value=json.dumps(order).encode()).get(timeout=30)

producer.close()
