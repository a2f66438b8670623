# pass
# A heartbeat of one second is no mistake where the work is done in another thread.
import functools
import json
import os
import threading

import pika
from shop import Refused, Unavailable, charge

parameters = pika.URLParameters(os.environ["AMQP_URL"])
parameters.heartbeat = 1
connection = pika.BlockingConnection(parameters)
channel = connection.channel()
channel.basic_qos(prefetch_count=1)


def work(tag, order):
    try:
        charge(order)
    except Unavailable:
        requeue = functools.partial(channel.basic_nack, tag, requeue=True)
        connection.add_callback_threadsafe(lambda: connection.call_later(0.1, requeue))
    except Refused:
        connection.add_callback_threadsafe(functools.partial(channel.basic_nack, tag, requeue=False))
    else:
        connection.add_callback_threadsafe(functools.partial(channel.basic_ack, tag))


def on_order(channel, method, properties, body):
    threading.Thread(target=work, args=(method.delivery_tag, json.loads(body))).start()


channel.basic_consume(os.environ["QUEUE"], on_order)
channel.start_consuming()
