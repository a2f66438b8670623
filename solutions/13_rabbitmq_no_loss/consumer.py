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
    # region task: let go of the order when it is charged
    channel.basic_ack(method.delivery_tag)
    # starter:
    # endregion


def stop(signum, frame):
    connection.add_callback_threadsafe(channel.stop_consuming)


signal.signal(signal.SIGTERM, stop)

channel.basic_qos(prefetch_count=10)
# region task: the broker keeps each order until it is acknowledged
channel.basic_consume(QUEUE, on_order)
# starter:
#| channel.basic_consume(QUEUE, on_order, auto_ack=True)
# endregion
channel.start_consuming()
connection.close()
