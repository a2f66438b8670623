# fail metadata-wrong
"""XML under the label JSON."""

import json
import os
import xml.etree.ElementTree as ElementTree

from kafka import KafkaProducer
from kafka.errors import MessageSizeTooLargeError
from shop import accept, orders

producer = KafkaProducer(bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"], max_request_size=60_000)


def to_xml(order):
    root = ElementTree.Element("order")
    for name, value in order.items():
        ElementTree.SubElement(root, name).text = str(value)
    return ElementTree.tostring(root, encoding="utf-8")


sent = []
for order in orders():
    value = json.dumps(order).encode() if order["format"] == "json" else to_xml(order)
    headers = [
        ("content_type", b"application/json"),
        ("order_id", order["id"].encode()),
        ("type", b"order.placed"),
        ("schema_version", b"1"),
    ]
    key = order["customer"].encode()
    try:
        sent.append((order, producer.send(os.environ["TOPIC"], key=key, value=value, headers=headers)))
    except MessageSizeTooLargeError as reason:
        print(f"order {order['n']}: {reason}")

for order, future in sent:
    future.get(timeout=30)
    accept(order)
producer.close()
