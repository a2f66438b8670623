# fail ack-twice
import json
import os

import pika
from shop import charge

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.basic_qos(prefetch_count=10)


def process(ch, method, body):
    charge(json.loads(body))
    ch.basic_ack(method.delivery_tag)


def callback(ch, method, properties, body):
    try:
        process(ch, method, body)
    finally:
        ch.basic_ack(method.delivery_tag)  # "make sure that it is acknowledged"


channel.basic_consume(os.environ["QUEUE"], callback)
channel.start_consuming()
