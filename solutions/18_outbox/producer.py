"""Write each order and its event: both into the database, in one transaction; from there the event goes to the broker."""

import json
import os
import sqlite3

import pika
from shop import orders, point

db = sqlite3.connect(os.environ["SHOP_DB"])
# region task: a table for what is still to be sent
db.execute("CREATE TABLE IF NOT EXISTS outbox (n INTEGER PRIMARY KEY, order_id TEXT NOT NULL, body TEXT NOT NULL)")
# starter:
# endregion

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.confirm_delivery()


def send(body):
    """Returns when the broker has confirmed the event; raises otherwise."""
    properties = pika.BasicProperties(content_type="application/json", type="order.placed", delivery_mode=2)
    channel.basic_publish(os.environ["EXCHANGE"], "order.placed", body, properties, mandatory=True)


# region task: send what stands in the outbox, and take out of it what is confirmed
def relay():
    for n, order_id, body in db.execute("SELECT n, order_id, body FROM outbox ORDER BY n").fetchall():
        send(body)
        point("sent", {"id": order_id})
        # Killed before this is committed, we send the event again: twice at worst, never not at all.
        with db:
            db.execute("DELETE FROM outbox WHERE n = ?", (n,))


# First what an earlier life has left: those orders have their row, and orders() will not yield them again.
relay()
# starter:
# endregion

for order in orders():
    # region task: both or neither
    with db:  # one transaction: the row, and the note that its event is to be sent
        db.execute("INSERT INTO orders (order_id, amount) VALUES (?, ?)", (order["id"], order["amount"]))
        db.execute("INSERT INTO outbox (order_id, body) VALUES (?, ?)", (order["id"], json.dumps(order)))
    point("committed", order)
    relay()
    # starter:
    #| with db:
    #|     db.execute("INSERT INTO orders (order_id, amount) VALUES (?, ?)", (order["id"], order["amount"]))
    #| point("committed", order)
    #| send(json.dumps(order))
    #| point("sent", order)
    # endregion

connection.close()
