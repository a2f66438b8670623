# pass
# The effect stands before the mark, and a SELECT before both. In one transaction that begins with the lock it is all the same.
import json
import os
import sqlite3

import pika
from shop import point

db = sqlite3.connect(os.environ["SHOP_DB"])
db.isolation_level = None
db.execute("CREATE TABLE IF NOT EXISTS inbox (order_id TEXT PRIMARY KEY)")

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.basic_qos(prefetch_count=10)


def on_order(ch, method, properties, body):
    order = json.loads(body)
    point("before-transaction", order)
    db.execute("BEGIN IMMEDIATE")
    if db.execute("SELECT 1 FROM inbox WHERE order_id = ?", (order["id"],)).fetchone():
        db.execute("ROLLBACK")
    else:
        db.execute("INSERT INTO payments (order_id, amount) VALUES (?, ?)", (order["id"], order["amount"]))
        point("between", order)
        db.execute("INSERT INTO inbox VALUES (?)", (order["id"],))
        point("before-commit", order)
        db.execute("COMMIT")
    ch.basic_ack(method.delivery_tag)


channel.basic_consume(os.environ["QUEUE"], on_order)
channel.start_consuming()
