# fail ack-twice
# The handler of the failure settles the message, and the line after the try settles it again.
import json
import os

import pika
from shop import Refused, Unavailable, charge

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.basic_qos(prefetch_count=1)


def callback(ch, method, properties, body):
    try:
        charge(json.loads(body))
    except Unavailable:
        connection.sleep(0.1)
        ch.basic_nack(method.delivery_tag, requeue=True)
    except Refused:
        ch.basic_nack(method.delivery_tag, requeue=False)
    ch.basic_ack(method.delivery_tag)


channel.basic_consume(os.environ["QUEUE"], callback)
channel.start_consuming()
