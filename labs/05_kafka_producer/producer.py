"""Send every order of the shop to Kafka; accept an order only when the broker has answered for it."""

import json
import os
import xml.etree.ElementTree as ElementTree

from kafka import KafkaProducer
from shop import accept, orders

topic = os.environ["TOPIC"]
producer = KafkaProducer(bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"], acks=1)


def to_xml(order):
    root = ElementTree.Element("order")
    for name, value in order.items():
        ElementTree.SubElement(root, name).text = str(value)
    return ElementTree.tostring(root, encoding="utf-8")


for order in orders():
    value = json.dumps(order).encode()
    headers = []
    producer.send(topic, value=value, headers=headers)
    accept(order)

producer.flush()
producer.close()
