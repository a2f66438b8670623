# pass
# A trigger writes the note, in the transaction of whoever writes the row: nobody can forget it.
import os
import sqlite3

import pika
from shop import orders, point

db = sqlite3.connect(os.environ["SHOP_DB"])
db.execute("CREATE TABLE IF NOT EXISTS outbox (n INTEGER PRIMARY KEY, order_id TEXT NOT NULL, body TEXT NOT NULL)")
db.execute("CREATE TRIGGER IF NOT EXISTS placed AFTER INSERT ON orders BEGIN INSERT INTO outbox (order_id, body) VALUES "
           "(new.order_id, json_object('id', new.order_id, 'amount', new.amount)); END")

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.confirm_delivery()
persistent = pika.BasicProperties(delivery_mode=2)


def send(body):
    channel.basic_publish(os.environ["EXCHANGE"], "order.placed", body, persistent, mandatory=True)

def relay():
    for n, order_id, body in db.execute("SELECT n, order_id, body FROM outbox ORDER BY n").fetchall():
        send(body)
        point("sent", {"id": order_id})
        with db:
            db.execute("DELETE FROM outbox WHERE n = ?", (n,))


relay()
for order in orders():
    with db:
        db.execute("INSERT INTO orders (order_id, amount) VALUES (?, ?)", (order["id"], order["amount"]))
    point("committed", order)
    relay()

connection.close()
