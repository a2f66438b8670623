"""Write one payment for each order, however often it comes: the inbox and the payment in one transaction."""

import json
import os
import signal
import sqlite3

import pika
from shop import point

db = sqlite3.connect(os.environ["SHOP_DB"])
# region task: a place to remember, in the same database as the effect
db.execute("CREATE TABLE IF NOT EXISTS inbox (order_id TEXT PRIMARY KEY)")
# starter:
# endregion

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()


def on_order(channel, method, properties, body):
    order = json.loads(body)
    point("before-transaction", order)
    # region task: one payment for each order, however often it comes, wherever you die
    # One transaction: at the end of the block it commits, and what raises in it rolls all of it back.
    with db:
        # The key decides, not a SELECT before it: two processes cannot both be the first.
        new = db.execute("INSERT OR IGNORE INTO inbox VALUES (?)", (order["id"],)).rowcount
        point("between", order)
        if new:
            db.execute("INSERT INTO payments (order_id, amount) VALUES (?, ?)", (order["id"], order["amount"]))
        point("before-commit", order)
    # Committed. Should we die before this line, the order comes again, and the inbox knows it.
    channel.basic_ack(method.delivery_tag)
    # starter:
    #| with db:
    #|     point("between", order)
    #|     db.execute("INSERT INTO payments (order_id, amount) VALUES (?, ?)", (order["id"], order["amount"]))
    #|     point("before-commit", order)
    #| channel.basic_ack(method.delivery_tag)
    # endregion


def stop(signum, frame):
    # Only a note for later: the order in hand is finished first, the orders not begun go back to the queue.
    connection.add_callback_threadsafe(channel.stop_consuming)


signal.signal(signal.SIGTERM, stop)

channel.basic_qos(prefetch_count=10)
channel.basic_consume(os.environ["QUEUE"], on_order)
channel.start_consuming()
connection.close()
