# pass
"""XML with attributes and a declaration, indented JSON: the same order in other clothes."""

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
    root = ElementTree.Element("{urn:shop}order", {name: str(value) for name, value in order.items()})
    return ElementTree.tostring(root, encoding="utf-16", xml_declaration=True)


for order in orders():
    body = json.dumps(order, indent=2, ensure_ascii=False).encode() if order["format"] == "json" else to_xml(order)
    properties = pika.BasicProperties(
        content_type=f"application/{order['format']}",
        message_id=order["id"],
        type="order.placed",
        timestamp=int(time.time()),
        headers={"schema_version": 1},
        delivery_mode=pika.DeliveryMode.Persistent.value,
    )
    key = f"order.{order['region']}"
    try:
        channel.basic_publish(os.environ["EXCHANGE"], key, body, properties, mandatory=True)
    except pika.exceptions.UnroutableError:
        print(f"order {order['n']}: no queue takes {key}")
    else:
        accept(order)

connection.close()
