# pass
# Threads and multiple=True together, done right: acknowledged is only up to the first tag that is still at work.
import functools
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor

import pika
from shop import Refused, Unavailable, charge

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.basic_qos(prefetch_count=10)
pool = ThreadPoolExecutor(4)
done = set()
acknowledged = 0


def work(tag, order):
    while True:
        try:
            charge(order)
        except Unavailable:
            time.sleep(0.1)
            continue
        except Refused as error:
            print(error)
        connection.add_callback_threadsafe(functools.partial(done.add, tag))
        return


def acknowledge():
    global acknowledged
    upto = acknowledged
    while upto + 1 in done:
        upto += 1
        done.remove(upto)
    if upto > acknowledged:
        channel.basic_ack(upto, multiple=True)
        acknowledged = upto
    connection.call_later(0.1, acknowledge)


acknowledge()
channel.basic_consume(
    os.environ["QUEUE"], lambda ch, method, props, body: pool.submit(work, method.delivery_tag, json.loads(body))
)
channel.start_consuming()
