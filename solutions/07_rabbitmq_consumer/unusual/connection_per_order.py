# pass
# A connection for every order: slow, and hard on the broker, but nothing is lost by it.
import json
import os
import time

import pika
from shop import Refused, Unavailable, charge


def one_order():
    with pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"])) as connection:
        channel = connection.channel()
        method, properties, body = channel.basic_get(os.environ["QUEUE"])
        if method is None:
            return False
        try:
            charge(json.loads(body))
        except Unavailable:
            time.sleep(0.1)
            channel.basic_nack(method.delivery_tag, requeue=True)
        except Refused:
            channel.basic_nack(method.delivery_tag, requeue=False)
        else:
            channel.basic_ack(method.delivery_tag)
        return True


while True:
    if not one_order():
        time.sleep(0.2)
