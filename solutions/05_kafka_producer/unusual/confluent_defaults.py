# pass idempotence-off
"""confluent-kafka as it comes: acks=all, retries, but no idempotence; that deserves a remark."""

import json
import os
import xml.etree.ElementTree as ElementTree

from confluent_kafka import KafkaException, Producer
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


failed = []


def on_delivery(order):
    return lambda error, message: failed.append(error) if error else accept(order)


producer = Producer({"bootstrap.servers": os.environ["KAFKA_BOOTSTRAP"], "message.max.bytes": 60_000})
for order in orders():
    try:
        producer.produce(os.environ["TOPIC"], **record(order), on_delivery=on_delivery(order))
    except KafkaException as reason:
        print(f"order {order['n']}: {reason}")
    else:
        producer.flush()
if failed:
    raise SystemExit(f"{len(failed)} failed: start me again")
