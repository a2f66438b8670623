# fail stuck-at-returned
"""One order that no queue takes ends the program, and the orders behind it wait for ever."""

import json
import os
import time
import xml.etree.ElementTree as ElementTree

import pika
from shop import accept, orders

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.confirm_delivery()


def to_xml(order):
    root = ElementTree.Element("order")
    for name, value in order.items():
        ElementTree.SubElement(root, name).text = str(value)
    return ElementTree.tostring(root, encoding="utf-8")


for order in orders():
    body = json.dumps(order).encode() if order["format"] == "json" else to_xml(order)
    properties = pika.BasicProperties(
        content_type=f"application/{order['format']}",
        message_id=order["id"],
        type="order.placed",
        timestamp=int(time.time()),
        headers={"schema_version": 1},
        delivery_mode=pika.DeliveryMode.Persistent.value,
    )
    key = f"order.{order['region']}"
    channel.basic_publish(os.environ["EXCHANGE"], key, body, properties, mandatory=True)
    accept(order)

connection.close()
