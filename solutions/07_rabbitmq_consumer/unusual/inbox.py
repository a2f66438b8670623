# pass
# Remembers what it has charged, and acknowledges that without charging it again. Not effectively once: a kill between
# the charge and the commit still doubles. As at least once it is more than was asked.
import json
import os
import sqlite3

import pika
from shop import Refused, Unavailable, charge

inbox = sqlite3.connect(os.path.join(os.environ["STATE_DIR"], "inbox.db"))
inbox.execute("create table if not exists done (id text primary key)")

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.basic_qos(prefetch_count=10)


def on_order(channel, method, properties, body):
    order = json.loads(body)
    if not inbox.execute("select 1 from done where id = ?", (order["id"],)).fetchone():
        try:
            charge(order)
        except Unavailable:
            connection.sleep(0.1)
            channel.basic_nack(method.delivery_tag, requeue=True)
            return
        except Refused:
            channel.basic_reject(method.delivery_tag, requeue=False)
            return
        with inbox:
            inbox.execute("insert into done values (?)", (order["id"],))
    channel.basic_ack(method.delivery_tag)


channel.basic_consume(os.environ["QUEUE"], on_order)
channel.start_consuming()
