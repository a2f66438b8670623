# fail work-before-ack
# guarantee: at-most-once
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
    except (Refused, Unavailable) as error:
        print("given up:", error)
    ch.basic_ack(method.delivery_tag)


channel.basic_consume(os.environ["QUEUE"], callback)
channel.start_consuming()
