# fail ack-twice
import json
import os

import pika
from shop import charge

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()


def callback(ch, method, properties, body):
    charge(json.loads(body))
    ch.basic_ack(delivery_tag=method.delivery_tag)


channel.basic_consume(os.environ["QUEUE"], callback, auto_ack=True)
channel.start_consuming()
