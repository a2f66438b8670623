# fail future-ignored
"""A delivery callback that does not look at the error."""

import json
import os
import xml.etree.ElementTree as ElementTree

from confluent_kafka import Producer
from shop import accept, orders


def to_xml(order):
    root = ElementTree.Element("order")
    for name, value in order.items():
        ElementTree.SubElement(root, name).text = str(value)
    return ElementTree.tostring(root, encoding="utf-8")


def record(order):
    return {
        "key": order["customer"].encode(),
        "value": json.dumps(order).encode() if order["format"] == "json" else to_xml(order),
        "headers": [
            ("content_type", f"application/{order['format']}".encode()),
            ("order_id", order["id"].encode()),
            ("type", b"order.placed"),
            ("schema_version", b"1"),
        ],
    }


producer = Producer({"bootstrap.servers": os.environ["KAFKA_BOOTSTRAP"], "enable.idempotence": True})
for order in orders():
    producer.produce(os.environ["TOPIC"], **record(order), on_delivery=lambda error, message, order=order: accept(order))
    producer.poll(0)
producer.flush()
