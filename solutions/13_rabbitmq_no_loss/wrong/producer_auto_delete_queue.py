# fail queue-deletes-itself
# with: pair/consumer_auto_delete_queue.py
"""auto_delete, so that nothing is left lying around: the queue goes when its last consumer does, and takes the orders with it."""

import json
import os

import pika
from shop import accept, orders

QUEUE = os.environ["QUEUE"]
connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.queue_declare(QUEUE, durable=True, auto_delete=True)
channel.confirm_delivery()
properties = pika.BasicProperties(delivery_mode=2)

for order in orders():
    channel.basic_publish("", QUEUE, json.dumps(order), properties, mandatory=True)
    accept(order)

connection.close()
