# fail accept-before-confirm
"""The customer is waiting: the promise first, the message right after."""

import json
import os

import pika
from shop import accept, orders

QUEUE = os.environ["QUEUE"]
connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.queue_declare(QUEUE, durable=True)
channel.confirm_delivery()
properties = pika.BasicProperties(delivery_mode=2)

for order in orders():
    accept(order)
    channel.basic_publish("", QUEUE, json.dumps(order), properties, mandatory=True)

connection.close()
