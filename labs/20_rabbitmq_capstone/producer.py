"""Publish every order of the shop; accept an order only when RabbitMQ has it for good."""

import json
import os

import pika
from shop import accept, orders

QUEUE = os.environ["QUEUE"]

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.queue_declare(QUEUE, durable=True)

for order in orders():
    channel.basic_publish("", QUEUE, json.dumps(order))
    accept(order)

connection.close()
