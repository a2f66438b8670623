# fail ack-multiple-unprocessed
# multiple=True says "this one and all before it". With several threads the ones before it may still be at work.
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
finished = acknowledged = 0  # the highest delivery tags of each


def work(tag, order):
    while True:
        try:
            charge(order)
        except Unavailable:
            time.sleep(0.1)
            continue
        except Refused as error:
            print(error)
        connection.add_callback_threadsafe(functools.partial(note, tag))
        return


def note(tag):
    global finished
    finished = max(finished, tag)


def acknowledge():  # ten times a second, which saves frames
    global acknowledged
    if finished > acknowledged:
        channel.basic_ack(finished, multiple=True)
        acknowledged = finished
    connection.call_later(0.1, acknowledge)


acknowledge()
channel.basic_consume(
    os.environ["QUEUE"], lambda ch, method, props, body: pool.submit(work, method.delivery_tag, json.loads(body))
)
channel.start_consuming()
