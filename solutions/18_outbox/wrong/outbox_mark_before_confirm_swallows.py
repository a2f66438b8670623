# fail outbox-mark-before-confirm
# A broken connection must not stop the shop: the error is logged, and the note deleted.
import json
import os
import sqlite3

import pika
from shop import orders, point

db = sqlite3.connect(os.environ["SHOP_DB"])
db.execute("CREATE TABLE IF NOT EXISTS outbox (n INTEGER PRIMARY KEY, order_id TEXT NOT NULL, body TEXT NOT NULL)")

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.confirm_delivery()
persistent = pika.BasicProperties(delivery_mode=2)


def send(body):
    channel.basic_publish(os.environ["EXCHANGE"], "order.placed", body, persistent, mandatory=True)

def relay():
    for n, order_id, body in db.execute("SELECT n, order_id, body FROM outbox ORDER BY n").fetchall():
        try:
            send(body)
        except pika.exceptions.AMQPError as error:
            print(f"could not send: {error!r}")
        with db:
            db.execute("DELETE FROM outbox WHERE n = ?", (n,))
        point("sent", {"id": order_id})


relay()
for order in orders():
    with db:
        db.execute("INSERT INTO orders (order_id, amount) VALUES (?, ?)", (order["id"], order["amount"]))
        db.execute("INSERT INTO outbox (order_id, body) VALUES (?, ?)", (order["id"], json.dumps(order)))
    point("committed", order)
    relay()

connection.close()
