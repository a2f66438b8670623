# fail dedupe-not-atomic
# The payment is committed, then the mark: killed in between, nobody knows of the payment.
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


def on_order(ch, method, properties, body):
    order = json.loads(body)
    known = db.execute("SELECT 1 FROM inbox WHERE order_id = ?", (order["id"],)).fetchone()
    if not known:
        point("before-transaction", order)
        with db:
            db.execute("INSERT INTO payments (order_id, amount) VALUES (?, ?)", (order["id"], order["amount"]))
        point("between", order)
        with db:
            db.execute("INSERT INTO inbox VALUES (?)", (order["id"],))
            point("before-commit", order)
    ch.basic_ack(method.delivery_tag)


channel.basic_consume(os.environ["QUEUE"], on_order)
channel.start_consuming()
