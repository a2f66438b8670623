# fail accept-before-commit
"""Begins a transaction and never commits it: each record is answered, and none is ever seen."""

import json
import os
import xml.etree.ElementTree as ElementTree

from kafka import KafkaProducer
from kafka.errors import MessageSizeTooLargeError
from shop import accept, orders

producer = KafkaProducer(
    bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"], transactional_id=os.environ["TRANSACTIONAL_ID"], max_request_size=60_000
)
producer.init_transactions()
producer.begin_transaction()


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
    else:
        accept(order)

producer.close()
