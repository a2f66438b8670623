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
    properties = pika.BasicProperties(content_type="application/json", message_id=order["id"])
    channel.basic_publish("", QUEUE, json.dumps(order), properties, mandatory=True)
    accept(order)

connection.close()
