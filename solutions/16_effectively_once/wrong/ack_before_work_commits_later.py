# fail ack-before-work
# One commit for five orders is fast. Each of them was acknowledged long before.
import json
import os
import sqlite3

import pika
from shop import point

db = sqlite3.connect(os.environ["SHOP_DB"])
db.execute("CREATE TABLE IF NOT EXISTS inbox (order_id TEXT PRIMARY KEY)")

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.basic_qos(prefetch_count=10)

open_ = 0


def on_order(ch, method, properties, body):
    order = json.loads(body)
    global open_
    point("before-transaction", order)
    new = db.execute("INSERT OR IGNORE INTO inbox VALUES (?)", (order["id"],)).rowcount
    point("between", order)
    if new:
        db.execute("INSERT INTO payments (order_id, amount) VALUES (?, ?)", (order["id"], order["amount"]))
    ch.basic_ack(method.delivery_tag)
    open_ += 1
    point("before-commit", order)
    if open_ % 5 == 0:
        db.commit()


channel.basic_consume(os.environ["QUEUE"], on_order)
channel.start_consuming()
