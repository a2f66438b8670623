# pass
# The relay reads the orders as a log, and keeps its position in the same database: committed after the confirm.
import json
import os
import sqlite3

import pika
from shop import orders, point

db = sqlite3.connect(os.environ["SHOP_DB"])
with db:
    db.execute("CREATE TABLE IF NOT EXISTS position (n INTEGER NOT NULL)")
    db.execute("INSERT INTO position SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM position)")

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.confirm_delivery()
persistent = pika.BasicProperties(delivery_mode=2)


def send(body):
    channel.basic_publish(os.environ["EXCHANGE"], "order.placed", body, persistent, mandatory=True)

def relay():
    position = db.execute("SELECT n FROM position").fetchone()[0]
    rows = db.execute("SELECT rowid, order_id, amount FROM orders WHERE rowid > ? ORDER BY rowid", (position,)).fetchall()
    for n, order_id, amount in rows:
        send(json.dumps({"id": order_id, "amount": amount}))
        point("sent", {"id": order_id})
        with db:
            db.execute("UPDATE position SET n = ?", (n,))


relay()
for order in orders():
    with db:
        db.execute("INSERT INTO orders (order_id, amount) VALUES (?, ?)", (order["id"], order["amount"]))
    point("committed", order)
    relay()

connection.close()
