# pass
# Let the key complain: a copy is an IntegrityError, and the transaction is rolled back.
import json
import os
import sqlite3

import pika
from shop import point

db = sqlite3.connect(os.environ["SHOP_DB"])
db.execute("CREATE UNIQUE INDEX IF NOT EXISTS one_each ON payments (order_id)")

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.basic_qos(prefetch_count=10)


def on_order(ch, method, properties, body):
    order = json.loads(body)
    point("before-transaction", order)
    try:
        with db:
            db.execute("INSERT INTO payments (order_id, amount) VALUES (?, ?)", (order["id"], order["amount"]))
            point("between", order)
            point("before-commit", order)
    except sqlite3.IntegrityError:
        print(f"order {order['n']}: paid already")
    ch.basic_ack(method.delivery_tag)


channel.basic_consume(os.environ["QUEUE"], on_order)
channel.start_consuming()
