"""Publish every order of the shop; accept an order only when RabbitMQ has it for good."""

import json
import os

import pika
from shop import accept, orders

QUEUE = os.environ["QUEUE"]

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
# Whoever starts first makes the queue; the other finds it as it is.
channel.queue_declare(QUEUE, durable=True)

for order in orders():
    properties = pika.BasicProperties(content_type="application/json", message_id=order["id"])
    channel.basic_publish("", QUEUE, json.dumps(order), properties)
    accept(order)

connection.close()
