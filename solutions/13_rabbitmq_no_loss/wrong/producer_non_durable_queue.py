# fail non-durable-queue
# with: pair/consumer_non_durable_queue.py
"""Persistent messages, each confirmed, in a queue that a restart removes: durable is False unless one says so."""

import json
import os

import pika
from shop import accept, orders

QUEUE = os.environ["QUEUE"]
connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.queue_declare(QUEUE)
channel.confirm_delivery()
properties = pika.BasicProperties(delivery_mode=2)

for order in orders():
    channel.basic_publish("", QUEUE, json.dumps(order), properties, mandatory=True)
    accept(order)

connection.close()
