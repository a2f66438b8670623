# fail purges
"""Begins with an empty queue, so that nothing of yesterday is charged."""

import json
import os

import pika
from shop import charge

QUEUE = os.environ["QUEUE"]

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.queue_declare(QUEUE, durable=True)
channel.queue_purge(QUEUE)


def on_order(channel, method, properties, body):
    charge(json.loads(body))
    channel.basic_ack(method.delivery_tag)


channel.basic_qos(prefetch_count=5)
channel.basic_consume(QUEUE, on_order)
channel.start_consuming()
