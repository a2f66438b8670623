# fail idempotence-off
# guarantee: effectively-once
"""Retries by hand: each send() is a new record for the broker."""

import json
import os
import xml.etree.ElementTree as ElementTree

from kafka import KafkaProducer
from kafka.errors import KafkaError, MessageSizeTooLargeError
from shop import accept, orders

producer = KafkaProducer(bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"], retries=0, max_request_size=60_000)


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
    while True:
        try:
            producer.send(os.environ["TOPIC"], key=key, value=value, headers=headers).get(timeout=5)
        except MessageSizeTooLargeError as reason:
            print(f"order {order['n']}: {reason}")
        except KafkaError as error:
            print(f"order {order['n']}, once more: {error!r}")
            continue
        else:
            accept(order)
        break

producer.close()
