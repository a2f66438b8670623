"""The other half of producer_auto_delete_queue.py: right, but for the queue."""

import json
import os

import pika
from shop import charge

QUEUE = os.environ["QUEUE"]
channel = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"])).channel()
channel.queue_declare(QUEUE, durable=True, auto_delete=True)


def on_order(channel, method, properties, body):
    charge(json.loads(body))
    channel.basic_ack(method.delivery_tag)


channel.basic_qos(prefetch_count=10)
channel.basic_consume(QUEUE, on_order)
channel.start_consuming()
