# fail auto-ack
"""The producer does everything right. The consumer lets RabbitMQ forget each order as it is sent."""

import json
import os

import pika
from shop import charge

QUEUE = os.environ["QUEUE"]
channel = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"])).channel()
channel.queue_declare(QUEUE, durable=True)


def on_order(channel, method, properties, body):
    charge(json.loads(body))


channel.basic_consume(QUEUE, on_order, auto_ack=True)
channel.start_consuming()
