# pass
"""Waits for each answer before it sends the next order; ends on the first error, and begins again with what is open."""

import json
import os

from kafka import KafkaProducer
from shop import accept, orders

TOPIC = os.environ["TOPIC"]
producer = KafkaProducer(bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"], acks="all")

for order in orders():
    producer.send(TOPIC, key=order["customer"].encode(), value=json.dumps(order).encode()).get(timeout=20)
    accept(order)

producer.close()
