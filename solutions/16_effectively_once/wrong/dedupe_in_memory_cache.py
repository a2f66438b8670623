# fail dedupe-in-memory
# The same, in a cache that looks like more.
import functools
import json
import os
import sqlite3

import pika
from shop import point

db = sqlite3.connect(os.environ["SHOP_DB"])

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.basic_qos(prefetch_count=10)


@functools.lru_cache(maxsize=10_000)
def pay(order_id, amount):
    with db:
        point("between", {"id": order_id})
        db.execute("INSERT INTO payments (order_id, amount) VALUES (?, ?)", (order_id, amount))
        point("before-commit", {"id": order_id})


def on_order(ch, method, properties, body):
    order = json.loads(body)
    point("before-transaction", order)
    pay(order["id"], order["amount"])
    ch.basic_ack(method.delivery_tag)


channel.basic_consume(os.environ["QUEUE"], on_order)
channel.start_consuming()
