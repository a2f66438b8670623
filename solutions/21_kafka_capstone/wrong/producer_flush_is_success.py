# fail accept-before-confirm
"""Promises what send() has taken; flush() at the end will see to it. A process that is killed comes to no end."""

import json
import os

from kafka import KafkaProducer
from shop import accept, orders

TOPIC = os.environ["TOPIC"]
producer = KafkaProducer(bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"], acks="all", linger_ms=2000)

for order in orders():
    producer.send(TOPIC, key=order["customer"].encode(), value=json.dumps(order).encode())
    accept(order)

producer.flush()
producer.close()
