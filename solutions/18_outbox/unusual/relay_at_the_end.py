# pass
# All rows first, then all events, with one connection for the relay alone. At a start the old notes come first.
import json
import os
import sqlite3

import pika
from shop import orders, point

db = sqlite3.connect(os.environ["SHOP_DB"])
db.execute("CREATE TABLE IF NOT EXISTS outbox (n INTEGER PRIMARY KEY, order_id TEXT NOT NULL, body TEXT NOT NULL, "
           "sent INTEGER NOT NULL DEFAULT 0)")


def relay():
    connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
    channel = connection.channel()
    channel.confirm_delivery()
    for n, order_id, body in db.execute("SELECT n, order_id, body FROM outbox WHERE NOT sent ORDER BY n").fetchall():
        channel.basic_publish(os.environ["EXCHANGE"], "order.placed", body, pika.BasicProperties(delivery_mode=2), mandatory=True)
        point("sent", {"id": order_id})
        with db:
            db.execute("UPDATE outbox SET sent = 1 WHERE n = ?", (n,))
    connection.close()


relay()
for order in orders():
    with db:
        db.execute("INSERT INTO orders (order_id, amount) VALUES (?, ?)", (order["id"], order["amount"]))
        db.execute("INSERT INTO outbox (order_id, body) VALUES (?, ?)", (order["id"], json.dumps(order)))
    point("committed", order)
relay()
