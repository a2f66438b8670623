# pass
# guarantee: effectively-once
"""With aiokafka: send() gives a future for each record; all are awaited together."""

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
    producer = AIOKafkaProducer(
        bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"], acks="all", enable_idempotence=True, max_request_size=60_000
    )
    await producer.start()
    try:
        sent = []
        for order in orders():
            try:
                sent.append((order, await producer.send(os.environ["TOPIC"], **record(order))))
            except MessageSizeTooLargeError as reason:
                print(f"order {order['n']}: {reason}")
        await asyncio.gather(*(future for _, future in sent))
        for order, _ in sent:
            accept(order)
    finally:
        await producer.stop()


asyncio.run(main())
