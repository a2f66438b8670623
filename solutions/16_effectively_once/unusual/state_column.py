# pass
# A state machine in place of an inbox: an order is new, then paid, and only the step between them writes the payment.
# The state "new" is committed by itself, before the effect: it promises nothing, so it may.
import json
import os
import sqlite3

import pika
from shop import point

db = sqlite3.connect(os.environ["SHOP_DB"])
db.execute("CREATE TABLE IF NOT EXISTS orders (order_id TEXT PRIMARY KEY, state TEXT NOT NULL)")

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.basic_qos(prefetch_count=10)


def on_order(ch, method, properties, body):
    order = json.loads(body)
    with db:
        db.execute("INSERT OR IGNORE INTO orders VALUES (?, 'new')", (order["id"],))
    point("before-transaction", order)
    with db:
        step = db.execute("UPDATE orders SET state = 'paid' WHERE order_id = ? AND state = 'new'", (order["id"],)).rowcount
        point("between", order)
        if step:
            db.execute("INSERT INTO payments (order_id, amount) VALUES (?, ?)", (order["id"], order["amount"]))
        point("before-commit", order)
    ch.basic_ack(method.delivery_tag)


channel.basic_consume(os.environ["QUEUE"], on_order)
channel.start_consuming()
