# fail dedupe-on-delivery-id
# guarantee: effectively-once
# A fresh UUID for every delivery is a key that matches nothing.
import json
import os
import uuid

import pika
from shop import Refused, Unavailable, charge

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.basic_qos(prefetch_count=10)


def callback(ch, method, properties, body):
    order = json.loads(body)
    try:
        charge(order, key=str(uuid.uuid4()))
    except Unavailable:
        connection.sleep(0.1)
        ch.basic_nack(method.delivery_tag, requeue=True)
    except Refused:
        ch.basic_reject(method.delivery_tag, requeue=False)
    else:
        ch.basic_ack(method.delivery_tag)


channel.basic_consume(os.environ["QUEUE"], callback)
channel.start_consuming()
