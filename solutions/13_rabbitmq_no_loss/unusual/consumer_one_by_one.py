# pass
"""Asks for one order at a time (basic_get), and reconnects when the connection breaks."""

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
        while True:
            method, _, body = channel.basic_get(QUEUE)
            if method is None:
                channel.connection.sleep(0.1)
                continue
            charge(json.loads(body))
            channel.basic_ack(method.delivery_tag)
    except pika.exceptions.AMQPError:
        time.sleep(0.2)
