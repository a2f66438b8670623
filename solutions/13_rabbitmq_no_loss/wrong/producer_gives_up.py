# fail gives-up
"""A broken connection is no reason for an ugly traceback: the program says goodbye and ends with 0."""

import json
import os
import sys

import pika
from shop import accept, orders

QUEUE = os.environ["QUEUE"]
connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.queue_declare(QUEUE, durable=True)
channel.confirm_delivery()

try:
    for order in orders():
        channel.basic_publish("", QUEUE, json.dumps(order), pika.BasicProperties(delivery_mode=2), mandatory=True)
        accept(order)
except pika.exceptions.AMQPError:
    print("The broker is away. Goodbye.")
    sys.exit(0)
