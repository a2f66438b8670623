# fail no-outbox
# There is an outbox. The relay remembers in memory how far it is, and begins with what is new.
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

last = db.execute("SELECT coalesce(max(n), 0) FROM outbox").fetchone()[0]
for order in orders():
    with db:
        db.execute("INSERT INTO orders (order_id, amount) VALUES (?, ?)", (order["id"], order["amount"]))
        db.execute("INSERT INTO outbox (order_id, body) VALUES (?, ?)", (order["id"], json.dumps(order)))
    point("committed", order)
    for n, order_id, body in db.execute("SELECT n, order_id, body FROM outbox WHERE n > ? ORDER BY n", (last,)).fetchall():
        send(body)
        point("sent", {"id": order_id})
        last = n

connection.close()
