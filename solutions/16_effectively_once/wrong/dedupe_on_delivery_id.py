# fail dedupe-on-delivery-id
# The delivery tag counts the deliveries of one channel. After a restart it begins at 1 again, with other orders.
import json
import os
import sqlite3

import pika
from shop import point

db = sqlite3.connect(os.environ["SHOP_DB"])
db.execute("CREATE TABLE IF NOT EXISTS inbox (delivery_tag INTEGER PRIMARY KEY)")

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.basic_qos(prefetch_count=10)


def on_order(ch, method, properties, body):
    order = json.loads(body)
    point("before-transaction", order)
    with db:
        new = db.execute("INSERT OR IGNORE INTO inbox VALUES (?)", (method.delivery_tag,)).rowcount
        point("between", order)
        if new:
            db.execute("INSERT INTO payments (order_id, amount) VALUES (?, ?)", (order["id"], order["amount"]))
        point("before-commit", order)
    ch.basic_ack(method.delivery_tag)


channel.basic_consume(os.environ["QUEUE"], on_order)
channel.start_consuming()
