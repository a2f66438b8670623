# fail ack-multiple-unprocessed
# Every finished thread acknowledges all orders before its own; those at work are then acknowledged a second time,
# which closes the channel (406), and the orders are gone all the same.
import functools
import json
import os
from concurrent.futures import ThreadPoolExecutor

import pika
from shop import Refused, Unavailable, charge

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.basic_qos(prefetch_count=10)
pool = ThreadPoolExecutor(4)


def work(tag, order):
    try:
        charge(order)
    except Unavailable:
        settle = functools.partial(channel.basic_nack, tag, requeue=True)
    except Refused:
        settle = functools.partial(channel.basic_nack, tag, requeue=False)
    else:
        settle = functools.partial(channel.basic_ack, tag, multiple=True)  # fewer frames
    connection.add_callback_threadsafe(settle)


def callback(ch, method, properties, body):
    pool.submit(work, method.delivery_tag, json.loads(body))


channel.basic_consume(os.environ["QUEUE"], callback)
channel.start_consuming()
