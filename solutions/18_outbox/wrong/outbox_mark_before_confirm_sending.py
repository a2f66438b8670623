# fail outbox-mark-before-confirm
# The state "sending" keeps other relays off. After a crash it keeps everybody off.
import json
import os
import sqlite3

import pika
from shop import orders, point

db = sqlite3.connect(os.environ["SHOP_DB"])
db.execute("CREATE TABLE IF NOT EXISTS outbox "
           "(n INTEGER PRIMARY KEY, order_id TEXT NOT NULL, body TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'new')")

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.confirm_delivery()
persistent = pika.BasicProperties(delivery_mode=2)


def send(body):
    channel.basic_publish(os.environ["EXCHANGE"], "order.placed", body, persistent, mandatory=True)

def relay():
    while True:
        with db:
            row = db.execute("UPDATE outbox SET state = 'sending' WHERE n = (SELECT min(n) FROM outbox WHERE state = 'new') "
                             "RETURNING n, order_id, body").fetchone()
        if row is None:
            return
        n, order_id, body = row
        send(body)
        point("sent", {"id": order_id})
        with db:
            db.execute("UPDATE outbox SET state = 'sent' WHERE n = ?", (n,))


relay()
for order in orders():
    with db:
        db.execute("INSERT INTO orders (order_id, amount) VALUES (?, ?)", (order["id"], order["amount"]))
        db.execute("INSERT INTO outbox (order_id, body) VALUES (?, ?)", (order["id"], json.dumps(order)))
    point("committed", order)
    relay()

connection.close()
