# pass
# with: pair/consumer_quorum.py
"""A quorum queue, and transient messages: such a queue writes everything to disk, whatever delivery_mode says."""

import json
import os

import pika
from shop import accept, orders

QUEUE = os.environ["QUEUE"]
connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.queue_declare(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
channel.confirm_delivery()

for order in orders():
    channel.basic_publish("", QUEUE, json.dumps(order), mandatory=True)
    accept(order)

connection.close()
