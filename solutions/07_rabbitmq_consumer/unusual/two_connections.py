# pass
# A connection for each thread, so that no channel is ever shared between threads.
import json
import os
import threading

import pika
from shop import Refused, Unavailable, charge


def consume():
    connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
    channel = connection.channel()
    channel.basic_qos(prefetch_count=3)
    for method, properties, body in channel.consume(os.environ["QUEUE"]):
        order = json.loads(body)
        while True:
            try:
                charge(order)
            except Unavailable:
                connection.sleep(0.1)
                continue
            except Refused:
                channel.basic_reject(method.delivery_tag, requeue=False)
            else:
                channel.basic_ack(method.delivery_tag)
            break


threads = [threading.Thread(target=consume) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
