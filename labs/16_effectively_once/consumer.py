"""Write one payment for each order, however often it comes: the inbox and the payment in one transaction."""

import json
import os
import signal
import sqlite3

import pika
from shop import point

db = sqlite3.connect(os.environ["SHOP_DB"])

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()


def on_order(channel, method, properties, body):
    order = json.loads(body)
    point("before-transaction", order)
    with db:
        point("between", order)
        db.execute("INSERT INTO payments (order_id, amount) VALUES (?, ?)", (order["id"], order["amount"]))
        point("before-commit", order)
    channel.basic_ack(method.delivery_tag)


def stop(signum, frame):
    # Only a note for later: the order in hand is finished first, the orders not begun go back to the queue.
    connection.add_callback_threadsafe(channel.stop_consuming)


signal.signal(signal.SIGTERM, stop)

channel.basic_qos(prefetch_count=10)
channel.basic_consume(os.environ["QUEUE"], on_order)
channel.start_consuming()
connection.close()
