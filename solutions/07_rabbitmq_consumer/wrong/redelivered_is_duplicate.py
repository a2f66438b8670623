# fail redelivered-is-duplicate
# Redelivered says that the order was sent to somebody before. Whether it was charged, it does not say.
import json
import os

import pika
from shop import Refused, Unavailable, charge

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.basic_qos(prefetch_count=10)


def callback(ch, method, properties, body):
    order = json.loads(body)
    if method.redelivered:
        print("order", order["n"], "is a duplicate, skipped")
        ch.basic_ack(method.delivery_tag)
        return
    while True:
        try:
            charge(order)
        except Unavailable:
            connection.sleep(0.1)
            continue
        except Refused:
            ch.basic_reject(method.delivery_tag, requeue=False)
        else:
            ch.basic_ack(method.delivery_tag)
        return


channel.basic_consume(os.environ["QUEUE"], callback)
channel.start_consuming()
