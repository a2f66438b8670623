# fail blocks-heartbeat
# A short heartbeat finds dead peers fast. A callback that works longer than that looks like one.
import json
import os

import pika
from shop import Refused, Unavailable, charge

parameters = pika.URLParameters(os.environ["AMQP_URL"])
parameters.heartbeat = 1
connection = pika.BlockingConnection(parameters)
channel = connection.channel()
channel.basic_qos(prefetch_count=5)


def callback(ch, method, properties, body):
    order = json.loads(body)
    while True:
        try:
            charge(order)
        except Unavailable:
            connection.sleep(0.1)
            continue
        except Refused:
            ch.basic_reject(method.delivery_tag, requeue=False)
        else:
            ch.basic_ack(method.delivery_tag)
        return


channel.basic_consume(os.environ["QUEUE"], callback)
channel.start_consuming()
