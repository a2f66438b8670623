# pass
# No inbox: the effect has a key of its own, and a second copy sets what is there already.
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
    with db:
        point("between", order)
        db.execute("INSERT INTO payments (order_id, amount) VALUES (?, ?) "
                   "ON CONFLICT (order_id) DO UPDATE SET amount = excluded.amount", (order["id"], order["amount"]))
        point("before-commit", order)
    ch.basic_ack(method.delivery_tag)


channel.basic_consume(os.environ["QUEUE"], on_order)
channel.start_consuming()
