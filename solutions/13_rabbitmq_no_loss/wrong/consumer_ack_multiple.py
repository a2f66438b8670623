# fail ack-multiple-unprocessed
"""Collects four orders, and acknowledges them all with the last one's tag as soon as the first is charged."""

import json
import os

import pika
from shop import charge

QUEUE = os.environ["QUEUE"]
channel = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"])).channel()
channel.queue_declare(QUEUE, durable=True)
batch = []


def on_order(channel, method, properties, body):
    batch.append((method.delivery_tag, json.loads(body)))
    if len(batch) < 4:
        return
    charge(batch[0][1])
    channel.basic_ack(batch[-1][0], multiple=True)
    for _, order in batch[1:]:
        charge(order)
    batch.clear()


channel.basic_qos(prefetch_count=10)
channel.basic_consume(QUEUE, on_order)
channel.start_consuming()
