# pass
# The relay polls in a thread, with connections of its own to database and broker; where it fails, the process ends.
import json
import os
import sqlite3
import threading
import time

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

done = threading.Event()


def relay():
    db = sqlite3.connect(os.environ["SHOP_DB"])
    while True:
        last = done.is_set()
        for n, order_id, body in db.execute("SELECT n, order_id, body FROM outbox ORDER BY n LIMIT 100").fetchall():
            send(body)
            point("sent", {"id": order_id})
            with db:
                db.execute("DELETE FROM outbox WHERE n = ?", (n,))
        if last:
            return
        time.sleep(0.02)


def watched():
    try:
        relay()
    except BaseException as error:
        print(f"the relay failed: {error!r}", flush=True)
        os._exit(1)


thread = threading.Thread(target=watched)
thread.start()
for order in orders():
    with db:
        db.execute("INSERT INTO orders (order_id, amount) VALUES (?, ?)", (order["id"], order["amount"]))
        db.execute("INSERT INTO outbox (order_id, body) VALUES (?, ?)", (order["id"], json.dumps(order)))
    point("committed", order)
done.set()
thread.join()
connection.close()
