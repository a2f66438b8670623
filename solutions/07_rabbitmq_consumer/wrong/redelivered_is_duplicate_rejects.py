# fail redelivered-is-duplicate
# The same with a prefetch of one and a reject.
import json
import os

import pika
from shop import Refused, Unavailable, charge

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.basic_qos(prefetch_count=1)


def callback(ch, method, properties, body):
    if method.redelivered:
        ch.basic_reject(method.delivery_tag, requeue=False)
        return
    try:
        charge(json.loads(body))
    except Unavailable:
        connection.sleep(0.1)
        ch.basic_nack(method.delivery_tag, requeue=True)
    except Refused:
        ch.basic_nack(method.delivery_tag, requeue=False)
    else:
        ch.basic_ack(method.delivery_tag)


channel.basic_consume(os.environ["QUEUE"], callback)
channel.start_consuming()
