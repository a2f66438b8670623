# fail dedupe-on-delivery-id
# guarantee: effectively-once
# Delivery tags begin at 1 on every channel: after a restart another order has the same number and is not charged.
import json
import os

import pika
from shop import Refused, Unavailable, charge

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.basic_qos(prefetch_count=1)


def callback(ch, method, properties, body):
    order = json.loads(body)
    try:
        charge(order, key=str(method.delivery_tag))
    except Unavailable:
        connection.sleep(0.1)
        ch.basic_nack(method.delivery_tag, requeue=True)
    except Refused:
        ch.basic_reject(method.delivery_tag, requeue=False)
    else:
        ch.basic_ack(method.delivery_tag)


channel.basic_consume(os.environ["QUEUE"], callback)
channel.start_consuming()
