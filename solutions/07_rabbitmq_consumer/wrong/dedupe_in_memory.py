# fail charge-without-key
# guarantee: effectively-once
# What is remembered in memory is forgotten by the kill that makes the order come again.
import json
import os

import pika
from shop import Refused, Unavailable, charge

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.basic_qos(prefetch_count=10)
done = set()


def callback(ch, method, properties, body):
    order = json.loads(body)
    if order["id"] not in done:
        try:
            charge(order)
        except Unavailable:
            connection.sleep(0.1)
            ch.basic_nack(method.delivery_tag, requeue=True)
            return
        except Refused:
            ch.basic_reject(method.delivery_tag, requeue=False)
            return
        done.add(order["id"])
    ch.basic_ack(method.delivery_tag)


channel.basic_consume(os.environ["QUEUE"], callback)
channel.start_consuming()
