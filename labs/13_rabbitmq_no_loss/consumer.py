"""Charge every order in the queue; acknowledge an order only when it is charged."""

import json
import os
import signal

import pika
from shop import charge

QUEUE = os.environ["QUEUE"]

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
# Whoever starts first makes the queue; the other finds it as it is.
channel.queue_declare(QUEUE, durable=True)


def on_order(channel, method, properties, body):
    charge(json.loads(body))


def stop(signum, frame):
    connection.add_callback_threadsafe(channel.stop_consuming)


signal.signal(signal.SIGTERM, stop)

channel.basic_qos(prefetch_count=10)
channel.basic_consume(QUEUE, on_order, auto_ack=True)
channel.start_consuming()
connection.close()
