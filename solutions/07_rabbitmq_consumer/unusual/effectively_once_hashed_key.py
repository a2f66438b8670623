# pass
# guarantee: effectively-once
# Any key will do that is made of the order alone: here a hash of the whole body.
import hashlib
import json
import os

import pika
from shop import Refused, Unavailable, charge

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.basic_qos(prefetch_count=10)


def on_order(channel, method, properties, body):
    try:
        charge(json.loads(body), key=hashlib.sha256(body).hexdigest())
    except Unavailable:
        connection.sleep(0.1)
        channel.basic_nack(method.delivery_tag, requeue=True)
    except Refused:
        channel.basic_nack(method.delivery_tag, requeue=False)
    else:
        channel.basic_ack(method.delivery_tag)


channel.basic_consume(os.environ["QUEUE"], on_order)
channel.start_consuming()
