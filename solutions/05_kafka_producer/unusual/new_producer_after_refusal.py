# pass
"""Lets the broker refuse the large order; the producer is done for, and a new one goes on."""

import json
import os
import xml.etree.ElementTree as ElementTree

from kafka import KafkaProducer
from kafka.errors import MessageSizeTooLargeError
from shop import accept, orders


def connect():
    return KafkaProducer(bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"])


producer = connect()


def to_xml(order):
    root = ElementTree.Element("order")
    for name, value in order.items():
        ElementTree.SubElement(root, name).text = str(value)
    return ElementTree.tostring(root, encoding="utf-8")


for order in orders():
    value = json.dumps(order).encode() if order["format"] == "json" else to_xml(order)
    headers = [
        ("content_type", f"application/{order['format']}".encode()),
        ("order_id", order["id"].encode()),
        ("type", b"order.placed"),
        ("schema_version", b"1"),
    ]
    key = order["customer"].encode()
    try:
        producer.send(os.environ["TOPIC"], key=key, value=value, headers=headers).get(timeout=30)
    except MessageSizeTooLargeError as reason:
        print(f"order {order['n']}: {reason}")
        producer.close(timeout=1)
        producer = connect()
    else:
        accept(order)

producer.close()
