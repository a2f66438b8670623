# fail requeue-loop
# Slower, but still for ever: the shop will never charge this order.
import json
import os
import time

import pika
from shop import charge

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.basic_qos(prefetch_count=10)


def callback(ch, method, properties, body):
    try:
        charge(json.loads(body))
        ch.basic_ack(method.delivery_tag)
    except Exception as error:
        print(error)
        time.sleep(0.1)
        ch.basic_reject(method.delivery_tag, requeue=True)


channel.basic_consume(os.environ["QUEUE"], callback)
channel.start_consuming()
