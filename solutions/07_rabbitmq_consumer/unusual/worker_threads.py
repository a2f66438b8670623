# pass
# Four threads charge; only the connection's own thread speaks to the broker. One acknowledgement per order.
import functools
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor

import pika
from shop import Refused, Unavailable, charge

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.basic_qos(prefetch_count=8)
pool = ThreadPoolExecutor(4)


def work(tag, order):
    while True:
        try:
            charge(order)
        except Unavailable:
            time.sleep(0.1)  # this thread may sleep: the connection is served by another
            continue
        except Refused as error:
            print(error)
            settle = functools.partial(channel.basic_reject, tag, requeue=False)
        else:
            settle = functools.partial(channel.basic_ack, tag)
        connection.add_callback_threadsafe(settle)
        return


def on_order(channel, method, properties, body):
    pool.submit(work, method.delivery_tag, json.loads(body))


channel.basic_consume(os.environ["QUEUE"], on_order)
channel.start_consuming()
