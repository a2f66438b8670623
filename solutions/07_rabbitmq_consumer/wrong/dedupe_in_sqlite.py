# fail charge-without-key
# guarantee: effectively-once
# The table survives the kill, but it is written after the charge: killed in between, it does not know the order.
import json
import os
import sqlite3

import pika
from shop import Refused, Unavailable, charge

db = sqlite3.connect(os.path.join(os.environ["STATE_DIR"], "inbox.db"))
db.execute("create table if not exists done (id text primary key)")

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.basic_qos(prefetch_count=10)


def callback(ch, method, properties, body):
    order = json.loads(body)
    if not db.execute("select 1 from done where id = ?", (order["id"],)).fetchone():
        try:
            charge(order)
        except Unavailable:
            connection.sleep(0.1)
            ch.basic_nack(method.delivery_tag, requeue=True)
            return
        except Refused:
            ch.basic_reject(method.delivery_tag, requeue=False)
            return
        with db:
            db.execute("insert into done values (?)", (order["id"],))
    ch.basic_ack(method.delivery_tag)


channel.basic_consume(os.environ["QUEUE"], callback)
channel.start_consuming()
