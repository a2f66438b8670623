# fail no-dedupe
# The key is unique, and new each time: it names the delivery, and no copy of the order.
import json
import os
import sqlite3
import uuid

import pika
from shop import point

db = sqlite3.connect(os.environ["SHOP_DB"])
db.execute("CREATE TABLE IF NOT EXISTS inbox (key TEXT PRIMARY KEY)")

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.basic_qos(prefetch_count=10)


def on_order(ch, method, properties, body):
    order = json.loads(body)
    point("before-transaction", order)
    with db:
        db.execute("INSERT INTO inbox VALUES (?)", (str(uuid.uuid4()),))
        point("between", order)
        db.execute("INSERT INTO payments (order_id, amount) VALUES (?, ?)", (order["id"], order["amount"]))
        point("before-commit", order)
    ch.basic_ack(method.delivery_tag)


channel.basic_consume(os.environ["QUEUE"], on_order)
channel.start_consuming()
