# pass
# Two threads with a connection each, to broker and database. The key in the table is all that they share.
import json
import os
import sqlite3
import threading

import pika
from shop import point

with sqlite3.connect(os.environ["SHOP_DB"]) as db:
    db.execute("CREATE TABLE IF NOT EXISTS inbox (order_id TEXT PRIMARY KEY)")


def work():
    db = sqlite3.connect(os.environ["SHOP_DB"])
    connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
    channel = connection.channel()
    channel.basic_qos(prefetch_count=2)
    for method, properties, body in channel.consume(os.environ["QUEUE"]):
        order = json.loads(body)
        point("before-transaction", order)
        with db:
            new = db.execute("INSERT OR IGNORE INTO inbox VALUES (?)", (order["id"],)).rowcount
            point("between", order)
            if new:
                db.execute("INSERT INTO payments (order_id, amount) VALUES (?, ?)", (order["id"], order["amount"]))
            point("before-commit", order)
        channel.basic_ack(method.delivery_tag)


threads = [threading.Thread(target=work, daemon=True) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
