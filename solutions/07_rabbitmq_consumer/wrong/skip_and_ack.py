# fail skip-and-ack
# "The other worker takes those." It never sees them: a queue gives each order to one consumer only.
import json
import os
import zlib

import pika
from shop import Refused, Unavailable, charge

WORKER, WORKERS = 0, 2

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.basic_qos(prefetch_count=10)


def callback(ch, method, properties, body):
    order = json.loads(body)
    if zlib.crc32(order["id"].encode()) % WORKERS != WORKER:
        ch.basic_ack(method.delivery_tag)
        return
    try:
        charge(order)
    except Unavailable:
        connection.sleep(0.1)
        ch.basic_nack(method.delivery_tag, requeue=True)
    except Refused:
        ch.basic_reject(method.delivery_tag, requeue=False)
    else:
        ch.basic_ack(method.delivery_tag)


channel.basic_consume(os.environ["QUEUE"], callback)
channel.start_consuming()
