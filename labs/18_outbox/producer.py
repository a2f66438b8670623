"""Write each order and its event: both into the database, in one transaction; from there the event goes to the broker."""

import json
import os
import sqlite3

import pika
from shop import orders, point

db = sqlite3.connect(os.environ["SHOP_DB"])

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.confirm_delivery()


def send(body):
    """Returns when the broker has confirmed the event; raises otherwise."""
    properties = pika.BasicProperties(content_type="application/json", type="order.placed", delivery_mode=2)
    channel.basic_publish(os.environ["EXCHANGE"], "order.placed", body, properties, mandatory=True)



for order in orders():
    with db:
        db.execute("INSERT INTO orders (order_id, amount) VALUES (?, ?)", (order["id"], order["amount"]))
    point("committed", order)
    send(json.dumps(order))
    point("sent", order)

connection.close()
