# fail transient-message
"""A durable queue, every message confirmed, and none of them persistent."""

import json
import os

import pika
from shop import accept, orders

QUEUE = os.environ["QUEUE"]
connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.queue_declare(QUEUE, durable=True)
channel.confirm_delivery()

for order in orders():
    channel.basic_publish("", QUEUE, json.dumps(order), mandatory=True)
    accept(order)

connection.close()
