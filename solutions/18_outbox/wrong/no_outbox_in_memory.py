# fail no-outbox
# The outbox is a queue of this process: it dies with it.
import json
import os
import queue
import sqlite3
import threading

import pika
from shop import orders, point

db = sqlite3.connect(os.environ["SHOP_DB"])

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.confirm_delivery()
persistent = pika.BasicProperties(delivery_mode=2)


def send(body):
    channel.basic_publish(os.environ["EXCHANGE"], "order.placed", body, persistent, mandatory=True)

outbox = queue.Queue()


def relay():
    while (order := outbox.get()) is not None:
        send(json.dumps(order))
        point("sent", order)


thread = threading.Thread(target=relay)
thread.start()
for order in orders():
    with db:
        db.execute("INSERT INTO orders (order_id, amount) VALUES (?, ?)", (order["id"], order["amount"]))
    point("committed", order)
    outbox.put(order)
outbox.put(None)
thread.join()
connection.close()
