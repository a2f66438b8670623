# pass
# One transaction for up to four orders, and one acknowledgement for all of them. A batch that does not fill up is committed
# after a moment of silence.
import json
import os
import sqlite3

import pika
from shop import point

db = sqlite3.connect(os.environ["SHOP_DB"])
db.execute("CREATE TABLE IF NOT EXISTS inbox (order_id TEXT PRIMARY KEY)")

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.basic_qos(prefetch_count=8)


def write(batch):
    with db:
        for _, order in batch:
            point("before-transaction", order)
            new = db.execute("INSERT OR IGNORE INTO inbox VALUES (?)", (order["id"],)).rowcount
            point("between", order)
            if new:
                db.execute("INSERT INTO payments (order_id, amount) VALUES (?, ?)", (order["id"], order["amount"]))
        for _, order in batch:
            point("before-commit", order)
    channel.basic_ack(batch[-1][0], multiple=True)


batch = []
for method, properties, body in channel.consume(os.environ["QUEUE"], inactivity_timeout=0.05):
    if method is not None:
        batch.append((method.delivery_tag, json.loads(body)))
    if len(batch) == 4 or (batch and method is None):
        write(batch)
        batch = []
