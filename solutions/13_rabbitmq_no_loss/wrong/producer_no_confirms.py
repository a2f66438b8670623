# fail no-confirms
"""Durable, persistent, and nobody ever asked whether it arrived."""

import json
import os

import pika
from shop import accept, orders

QUEUE = os.environ["QUEUE"]
connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.queue_declare(QUEUE, durable=True)
properties = pika.BasicProperties(delivery_mode=2)

for order in orders():
    channel.basic_publish("", QUEUE, json.dumps(order), properties)
    accept(order)

connection.close()
