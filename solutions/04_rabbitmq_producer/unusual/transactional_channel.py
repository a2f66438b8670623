# pass
"""A transactional channel in place of confirms: Tx.CommitOk says that the broker has it."""

import json
import os
import time
import xml.etree.ElementTree as ElementTree

import pika
from shop import accept, orders

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.tx_select()
returned = set()
channel.add_on_return_callback(lambda channel, method, properties, body: returned.add(properties.message_id))


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
    channel.tx_commit()
    connection.process_data_events(time_limit=0)  # a return comes before the Tx.CommitOk; here its callback runs
    if order["id"] in returned:
        print(f"order {order['n']}: no queue takes {key}")
    else:
        accept(order)

connection.close()
