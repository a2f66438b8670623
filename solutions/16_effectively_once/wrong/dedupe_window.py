# fail dedupe-window
# The inbox is pruned, so that it does not grow for ever. A late copy finds it empty.
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
    point("before-transaction", order)
    with db:
        new = db.execute("INSERT OR IGNORE INTO inbox (order_id) VALUES (?)", (order["id"],)).rowcount
        point("between", order)
        if new:
            db.execute("INSERT INTO payments (order_id, amount) VALUES (?, ?)", (order["id"], order["amount"]))
        db.execute("DELETE FROM inbox WHERE rowid <= (SELECT max(rowid) FROM inbox) - 3")
        point("before-commit", order)
    ch.basic_ack(method.delivery_tag)


channel.basic_consume(os.environ["QUEUE"], on_order)
channel.start_consuming()
