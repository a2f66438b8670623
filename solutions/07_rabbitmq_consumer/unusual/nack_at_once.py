# pass
# Requeues without a pause. While the shop is away that is a busy loop, but it ends when the shop is back.
import json
import os

import pika
from shop import Refused, Unavailable, charge

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.basic_qos(prefetch_count=5)


def on_order(channel, method, properties, body):
    try:
        charge(json.loads(body))
    except Unavailable:
        channel.basic_nack(method.delivery_tag, requeue=True)
    except Refused:
        channel.basic_nack(method.delivery_tag, requeue=False)
    else:
        channel.basic_ack(method.delivery_tag)


channel.basic_consume(os.environ["QUEUE"], on_order)
channel.start_consuming()
