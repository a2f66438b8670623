"""Charge every order in the queue; acknowledge an order only when nothing is left to do for it."""

import json
import os
import signal

import pika
from shop import Refused, Unavailable, charge

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
stopping = False  # becomes True when the program is asked to stop


def on_order(channel, method, properties, body):
    order = json.loads(body)
    channel.basic_ack(method.delivery_tag)
    charge(order)


def stop(signum, frame):
    # Only a note for later: the order in hand is finished first, the orders not begun go back to the queue.
    global stopping
    stopping = True
    connection.add_callback_threadsafe(channel.stop_consuming)


signal.signal(signal.SIGTERM, stop)

# Before basic_consume, or it does not count for this consumer. It bounds how many orders wait in this process.
channel.basic_qos(prefetch_count=10)
channel.basic_consume(os.environ["QUEUE"], on_order)
channel.start_consuming()
connection.close()
