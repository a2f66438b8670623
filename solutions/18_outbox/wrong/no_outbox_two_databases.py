# fail no-outbox
# An outbox in a database of its own is one more system: the row is committed before the note.
import json
import os
import sqlite3

import pika
from shop import orders, point

db = sqlite3.connect(os.environ["SHOP_DB"])
outbox = sqlite3.connect(os.path.join(os.environ["STATE_DIR"], "outbox.db"))
outbox.execute("CREATE TABLE IF NOT EXISTS outbox (n INTEGER PRIMARY KEY, body TEXT NOT NULL)")

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.confirm_delivery()
persistent = pika.BasicProperties(delivery_mode=2)


def send(body):
    channel.basic_publish(os.environ["EXCHANGE"], "order.placed", body, persistent, mandatory=True)

def relay():
    for n, body in outbox.execute("SELECT n, body FROM outbox ORDER BY n").fetchall():
        send(body)
        point("sent", json.loads(body))
        with outbox:
            outbox.execute("DELETE FROM outbox WHERE n = ?", (n,))


relay()
for order in orders():
    with db:
        db.execute("INSERT INTO orders (order_id, amount) VALUES (?, ?)", (order["id"], order["amount"]))
    point("committed", order)
    with outbox:
        outbox.execute("INSERT INTO outbox (body) VALUES (?)", (json.dumps(order),))
    relay()

connection.close()
