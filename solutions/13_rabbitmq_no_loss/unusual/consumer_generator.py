# pass
"""Iterates over the queue (channel.consume), and connects again by itself when the connection breaks."""

import json
import os
import time

import pika
from shop import charge

QUEUE = os.environ["QUEUE"]

while True:
    try:
        channel = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"])).channel()
        channel.queue_declare(QUEUE, durable=True)
        channel.basic_qos(prefetch_count=3)
        for method, _, body in channel.consume(QUEUE):
            charge(json.loads(body))
            channel.basic_ack(method.delivery_tag)
    except pika.exceptions.AMQPError as error:
        print(f"connecting again: {error!r}")
        time.sleep(0.2)
