# fail dedupe-not-atomic
# An inbox in a database of its own: two files, two commits, even inside one `with`. The inbox is committed last.
import json
import os
import sqlite3

import pika
from shop import point

db = sqlite3.connect(os.environ["SHOP_DB"])
inbox = sqlite3.connect(os.path.join(os.environ["STATE_DIR"], "inbox.db"))
inbox.execute("CREATE TABLE IF NOT EXISTS done (order_id TEXT PRIMARY KEY)")

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.basic_qos(prefetch_count=10)


def on_order(ch, method, properties, body):
    order = json.loads(body)
    if not inbox.execute("SELECT 1 FROM done WHERE order_id = ?", (order["id"],)).fetchone():
        point("before-transaction", order)
        with inbox:
            inbox.execute("INSERT INTO done VALUES (?)", (order["id"],))
            with db:
                db.execute("INSERT INTO payments (order_id, amount) VALUES (?, ?)", (order["id"], order["amount"]))
            point("between", order)
            point("before-commit", order)
    ch.basic_ack(method.delivery_tag)


channel.basic_consume(os.environ["QUEUE"], on_order)
channel.start_consuming()
