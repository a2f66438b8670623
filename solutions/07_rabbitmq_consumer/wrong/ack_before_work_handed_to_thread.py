# fail ack-before-work
# Handing the order to another thread is not work done: the list of jobs lives in this process and dies with it.
import json
import os
import queue
import threading

import pika
from shop import Refused, Unavailable, charge

jobs = queue.Queue()


def worker():
    while True:
        order = jobs.get()
        try:
            charge(order)
        except Unavailable:
            jobs.put(order)
        except Refused as error:
            print(error)


threading.Thread(target=worker, daemon=True).start()

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.basic_qos(prefetch_count=10)


def callback(ch, method, properties, body):
    jobs.put(json.loads(body))
    ch.basic_ack(method.delivery_tag)


channel.basic_consume(os.environ["QUEUE"], callback)
channel.start_consuming()
