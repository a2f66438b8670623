# pass
# Survives the loss of its connection. What was not acknowledged comes again on the new one, under new tags.
import json
import os
import random
import time

import pika
from shop import Refused, Unavailable, charge


def on_order(channel, method, properties, body):
    try:
        charge(json.loads(body))
    except Unavailable:
        channel.connection.sleep(0.1)
        channel.basic_nack(method.delivery_tag, requeue=True)
    except Refused:
        channel.basic_nack(method.delivery_tag, requeue=False)
    else:
        channel.basic_ack(method.delivery_tag)


pause = 0.1
while True:
    try:
        with pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"])) as connection:
            channel = connection.channel()
            channel.basic_qos(prefetch_count=4)
            channel.basic_consume(os.environ["QUEUE"], on_order)
            pause = 0.1
            channel.start_consuming()
    except (pika.exceptions.AMQPError, OSError) as error:
        print("connection lost:", repr(error))
        time.sleep(pause * random.uniform(0.5, 1.5))
        pause = min(2 * pause, 5)
