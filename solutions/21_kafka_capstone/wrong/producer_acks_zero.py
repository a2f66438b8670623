# fail acks-zero
"""Waits for every future. With acks=0 each of them is done as soon as the bytes are handed over."""

import json
import os

from kafka import KafkaProducer
from shop import accept, orders

TOPIC = os.environ["TOPIC"]
producer = KafkaProducer(bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"], acks=0)

for order in orders():
    producer.send(TOPIC, key=order["customer"].encode(), value=json.dumps(order).encode()).get(timeout=30)
    accept(order)

producer.close()
