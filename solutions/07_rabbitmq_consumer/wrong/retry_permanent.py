# fail retry-permanent
# Never gives the order back, never gives it up: all orders behind it wait for ever.
import json
import os

import pika
from shop import charge

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.basic_qos(prefetch_count=1)


def callback(ch, method, properties, body):
    order = json.loads(body)
    while True:
        try:
            charge(order)
            break
        except Exception as error:
            print(error)
            connection.sleep(0.1)
    ch.basic_ack(method.delivery_tag)


channel.basic_consume(os.environ["QUEUE"], callback)
channel.start_consuming()
