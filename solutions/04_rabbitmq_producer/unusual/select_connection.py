# pass
"""Asynchronous confirms: publishes without waiting, and keeps what is outstanding by its delivery tag."""

import json
import os
import time
import xml.etree.ElementTree as ElementTree

import pika
from shop import accept, orders

outstanding = {}  # delivery tag -> order
returned = set()
waiting = list(orders())


def to_xml(order):
    root = ElementTree.Element("order")
    for name, value in order.items():
        ElementTree.SubElement(root, name).text = str(value)
    return ElementTree.tostring(root, encoding="utf-8")


def on_channel(channel):
    channel.add_on_return_callback(lambda channel, method, properties, body: returned.add(properties.message_id))
    channel.confirm_delivery(lambda frame: on_answer(channel, frame.method), callback=lambda frame: send_all(channel))


def send_all(channel):
    for tag, order in enumerate(waiting, 1):
        body = json.dumps(order).encode() if order["format"] == "json" else to_xml(order)
        properties = pika.BasicProperties(
            content_type=f"application/{order['format']}",
            message_id=order["id"],
            type="order.placed",
            timestamp=int(time.time()),
            headers={"schema_version": 1},
            delivery_mode=2,
        )
        outstanding[tag] = order
        channel.basic_publish(os.environ["EXCHANGE"], f"order.{order['region']}", body, properties, mandatory=True)


def on_answer(channel, method):
    tags = [tag for tag in outstanding if tag == method.delivery_tag or (method.multiple and tag <= method.delivery_tag)]
    for tag in tags:
        order = outstanding.pop(tag)
        if isinstance(method, pika.spec.Basic.Ack) and order["id"] not in returned:
            accept(order)
    if not outstanding:
        channel.connection.close()


connection = pika.SelectConnection(
    pika.URLParameters(os.environ["AMQP_URL"]),
    on_open_callback=lambda connection: connection.channel(on_open_callback=on_channel),
    on_close_callback=lambda connection, reason: connection.ioloop.stop(),
    on_open_error_callback=lambda connection, error: connection.ioloop.stop(),
)
if waiting:
    connection.ioloop.start()
    if outstanding or not connection.is_closed:
        raise SystemExit("the connection broke with orders outstanding: start me again")
