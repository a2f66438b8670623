# fail dedupe-by-latest
# One number in place of a table: what is not greater than the last was there before. Or was overtaken.
import json
import os
import sqlite3

import pika
from shop import point

db = sqlite3.connect(os.environ["SHOP_DB"])
with db:
    db.execute("CREATE TABLE IF NOT EXISTS latest (n INTEGER NOT NULL)")
    db.execute("INSERT INTO latest SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM latest)")

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.basic_qos(prefetch_count=10)


def on_order(ch, method, properties, body):
    order = json.loads(body)
    last = db.execute("SELECT n FROM latest").fetchone()[0]
    if order["n"] > last:
        point("before-transaction", order)
        with db:
            db.execute("UPDATE latest SET n = ?", (order["n"],))
            point("between", order)
            db.execute("INSERT INTO payments (order_id, amount) VALUES (?, ?)", (order["id"], order["amount"]))
            point("before-commit", order)
    ch.basic_ack(method.delivery_tag)


channel.basic_consume(os.environ["QUEUE"], on_order)
channel.start_consuming()
