# pass
"""Never ends because of a broken connection: connects again, and sends the order in hand once more."""

import json
import os
import time

import pika
from shop import accept, orders

QUEUE = os.environ["QUEUE"]
PROPERTIES = pika.BasicProperties(delivery_mode=2)


def connect():
    while True:
        try:
            channel = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"])).channel()
            channel.queue_declare(QUEUE, durable=True)
            channel.confirm_delivery()
            return channel
        except pika.exceptions.AMQPError:
            time.sleep(0.2)


channel = connect()
for order in orders():
    while True:
        try:
            channel.basic_publish("", QUEUE, json.dumps(order), PROPERTIES, mandatory=True)
            break
        except pika.exceptions.AMQPError:
            channel = connect()
    accept(order)
