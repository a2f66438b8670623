# fail ack-wrong-channel
# "A channel per thread" is good advice, but the acknowledgement has to go out on the channel of the delivery.
import json
import os
import queue
import threading

import pika
from shop import Refused, Unavailable, charge

params = pika.URLParameters(os.environ["AMQP_URL"])
jobs = queue.Queue()


def worker():
    channel = pika.BlockingConnection(params).channel()
    while True:
        tag, order = jobs.get()
        try:
            charge(order)
        except (Unavailable, Refused) as error:
            print(error)
            channel.basic_nack(tag, requeue=isinstance(error, Unavailable))
        else:
            channel.basic_ack(tag)


connection = pika.BlockingConnection(params)
channel = connection.channel()
channel.basic_qos(prefetch_count=10)
threading.Thread(target=worker, daemon=True).start()
channel.basic_consume(
    os.environ["QUEUE"], lambda ch, method, props, body: jobs.put((method.delivery_tag, json.loads(body)))
)
channel.start_consuming()
