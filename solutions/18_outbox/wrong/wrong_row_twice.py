# fail wrong-row
# The note is sent from memory, and written again with a second row when it is sent: the row stands there twice.
import json
import os
import sqlite3

import pika
from shop import orders, point

db = sqlite3.connect(os.environ["SHOP_DB"])
db.execute("CREATE TABLE IF NOT EXISTS outbox (n INTEGER PRIMARY KEY, order_id TEXT NOT NULL, body TEXT NOT NULL, "
           "sent INTEGER NOT NULL DEFAULT 0)")

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.confirm_delivery()
persistent = pika.BasicProperties(delivery_mode=2)


def send(body):
    channel.basic_publish(os.environ["EXCHANGE"], "order.placed", body, persistent, mandatory=True)

def relay():
    for n, order_id, body in db.execute("SELECT n, order_id, body FROM outbox WHERE sent = 0 ORDER BY n").fetchall():
        send(body)
        point("sent", {"id": order_id})
        order = json.loads(body)
        with db:
            db.execute("INSERT INTO orders (order_id, amount) VALUES (?, ?)", (order["id"], order["amount"]))
            db.execute("UPDATE outbox SET sent = 1 WHERE n = ?", (n,))


relay()
for order in orders():
    with db:
        db.execute("INSERT INTO orders (order_id, amount) VALUES (?, ?)", (order["id"], order["amount"]))
        db.execute("INSERT INTO outbox (order_id, body) VALUES (?, ?)", (order["id"], json.dumps(order)))
    point("committed", order)
    relay()

connection.close()
