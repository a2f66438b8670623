"""Publish every order of the shop; accept an order only when RabbitMQ has it for good."""

import json
import os
import time
import xml.etree.ElementTree as ElementTree

import pika
from shop import accept, orders

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()


def to_xml(order):
    root = ElementTree.Element("order")
    for name, value in order.items():
        ElementTree.SubElement(root, name).text = str(value)
    return ElementTree.tostring(root, encoding="utf-8")


for order in orders():
    body = json.dumps(order).encode()
    properties = pika.BasicProperties()
    key = f"order.{order['region']}"
    channel.basic_publish(os.environ["EXCHANGE"], key, body, properties)
    accept(order)

connection.close()
