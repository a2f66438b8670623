# fail accept-before-confirm
"""Confirms are on, and whatever basic_publish raises is logged; the order is promised all the same."""

import json
import os

import pika
from shop import accept, orders

QUEUE = os.environ["QUEUE"]


def connect():
    connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
    channel = connection.channel()
    channel.queue_declare(QUEUE, durable=True)
    channel.confirm_delivery()
    return channel


channel = connect()
properties = pika.BasicProperties(delivery_mode=2)

for order in orders():
    try:
        channel.basic_publish("", QUEUE, json.dumps(order), properties, mandatory=True)
    except pika.exceptions.AMQPError as error:
        print(f"order {order['n']}: {error!r}, connecting again")
        channel = connect()
    accept(order)
