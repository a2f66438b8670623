# fail accept-before-confirm
"""await producer.send() waits for a place in the buffer, and for nothing else."""

import asyncio
import json
import os
import xml.etree.ElementTree as ElementTree

from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError
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


async def main():
    producer = AIOKafkaProducer(bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"], acks="all", max_request_size=60_000)
    await producer.start()
    for order in orders():
        try:
            await producer.send(os.environ["TOPIC"], **record(order))
        except MessageSizeTooLargeError as reason:
            print(f"order {order['n']}: {reason}")
        else:
            accept(order)
    await producer.stop()


asyncio.run(main())
