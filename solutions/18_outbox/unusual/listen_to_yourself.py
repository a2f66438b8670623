# pass
# The event is the one write. It comes back to this program by a queue of its own, and only then is the row written.
import json
import os
import sqlite3

import pika
from shop import orders, point

db = sqlite3.connect(os.environ["SHOP_DB"])
db.execute("CREATE UNIQUE INDEX IF NOT EXISTS one_each ON orders (order_id)")

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.confirm_delivery()
persistent = pika.BasicProperties(delivery_mode=2)
own = os.environ["QUEUE"] + ".rows"
channel.queue_declare(own, durable=True, arguments={"x-queue-type": "quorum"})
channel.queue_bind(own, os.environ["EXCHANGE"], "order.placed")


def send(body):
    channel.basic_publish(os.environ["EXCHANGE"], "order.placed", body, persistent, mandatory=True)


def take():
    """Write a row for each event that has come back, also for those of an earlier life."""
    while True:
        method, properties, body = channel.basic_get(own)
        if method is None:
            return
        order = json.loads(body)
        with db:
            db.execute("INSERT OR IGNORE INTO orders (order_id, amount) VALUES (?, ?)", (order["id"], order["amount"]))
        point("committed", order)
        channel.basic_ack(method.delivery_tag)


take()
for order in orders():
    send(json.dumps(order))
    point("sent", order)
    take()

take()
connection.close()
