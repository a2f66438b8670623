# pass blocks-heartbeat
# The broker closes the connection in the middle of a long charge. It comes back, and the order is charged twice.
import json
import os
import time

import pika
from shop import Refused, Unavailable, charge

parameters = pika.URLParameters(os.environ["AMQP_URL"])
parameters.heartbeat = 1


def callback(ch, method, properties, body):
    order = json.loads(body)
    try:
        charge(order)
    except Unavailable:
        time.sleep(0.1)
        ch.basic_nack(method.delivery_tag, requeue=True)
    except Refused:
        ch.basic_nack(method.delivery_tag, requeue=False)
    else:
        ch.basic_ack(method.delivery_tag)


while True:
    try:
        channel = pika.BlockingConnection(parameters).channel()
        channel.basic_qos(prefetch_count=10)
        channel.basic_consume(os.environ["QUEUE"], callback)
        channel.start_consuming()
    except pika.exceptions.AMQPError as error:
        print("connection lost, again:", repr(error))
        time.sleep(0.2)
