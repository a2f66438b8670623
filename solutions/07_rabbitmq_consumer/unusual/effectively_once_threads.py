# pass
# guarantee: effectively-once
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
            charge(order, key=f"charge-{order['id']}")
        except Unavailable:
            time.sleep(0.1)
            continue
        except Refused:
            settle = functools.partial(channel.basic_reject, tag, requeue=False)
        else:
            settle = functools.partial(channel.basic_ack, tag)
        connection.add_callback_threadsafe(settle)
        return


channel.basic_consume(
    os.environ["QUEUE"], lambda ch, method, props, body: pool.submit(work, method.delivery_tag, json.loads(body))
)
channel.start_consuming()
