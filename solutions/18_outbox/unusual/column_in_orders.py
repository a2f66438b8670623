# pass
# No outbox: the orders' own table says of each row whether its event was sent.
import json
import os
import sqlite3

import pika
from shop import orders, point

db = sqlite3.connect(os.environ["SHOP_DB"])
if "sent" not in [column[1] for column in db.execute("PRAGMA table_info(orders)")]:
    with db:
        db.execute("ALTER TABLE orders ADD COLUMN body TEXT NOT NULL DEFAULT ''")
        db.execute("ALTER TABLE orders ADD COLUMN sent INTEGER NOT NULL DEFAULT 0")

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.confirm_delivery()
persistent = pika.BasicProperties(delivery_mode=2)


def send(body):
    channel.basic_publish(os.environ["EXCHANGE"], "order.placed", body, persistent, mandatory=True)

def relay():
    for order_id, body in db.execute("SELECT order_id, body FROM orders WHERE NOT sent ORDER BY rowid").fetchall():
        send(body)
        point("sent", {"id": order_id})
        with db:
            db.execute("UPDATE orders SET sent = 1 WHERE order_id = ?", (order_id,))


relay()
for order in orders():
    with db:
        db.execute("INSERT INTO orders (order_id, amount, body) VALUES (?, ?, ?)",
                   (order["id"], order["amount"], json.dumps(order)))
    point("committed", order)
    relay()

connection.close()
