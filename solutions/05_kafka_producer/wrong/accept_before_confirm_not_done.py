# fail accept-before-confirm
"""No future has failed so far, so all is well: one that is not done yet counts as sent."""

import json
import os
import xml.etree.ElementTree as ElementTree

from kafka import KafkaProducer
from kafka.errors import MessageSizeTooLargeError
from shop import accept, orders

topic = os.environ["TOPIC"]
# And the topic's limit, less what a record needs around it: what is larger is refused here, by itself. Refused by the
# broker it would be fatal to an idempotent producer of kafka-python 3.0: all that it holds fails with it.
producer = KafkaProducer(
    bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"], acks="all", enable_idempotence=True, max_request_size=60_000
)


def to_xml(order):
    root = ElementTree.Element("order")
    for name, value in order.items():
        ElementTree.SubElement(root, name).text = str(value)
    return ElementTree.tostring(root, encoding="utf-8")


sent = []
for order in orders():
    value = json.dumps(order).encode() if order["format"] == "json" else to_xml(order)
    headers = [
        ("content_type", f"application/{order['format']}".encode()),
        ("order_id", order["id"].encode()),
        ("type", b"order.placed"),
        ("schema_version", b"1"),
    ]
    try:
        sent.append((order, producer.send(topic, key=order["customer"].encode(), value=value, headers=headers)))
    except MessageSizeTooLargeError as reason:
        print(f"order {order['n']}: {reason}")

for order, future in sent:
    if future.succeeded() or not future.is_done:
        accept(order)
    else:
        future.get()
producer.close()
