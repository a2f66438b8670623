# pass
# guarantee: at-most-once
import json
import os

import pika
from shop import Refused, Unavailable, charge

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.basic_qos(prefetch_count=10)


def on_order(channel, method, properties, body):
    channel.basic_ack(method.delivery_tag)
    try:
        charge(json.loads(body))
    except (Refused, Unavailable) as error:
        print("given up:", error)


channel.basic_consume(os.environ["QUEUE"], on_order)
channel.start_consuming()
