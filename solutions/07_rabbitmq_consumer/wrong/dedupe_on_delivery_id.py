# fail dedupe-on-delivery-id
# guarantee: effectively-once
# Consumer tag and delivery tag name this delivery. The same order, delivered again, bears another name.
import json
import os

import pika
from shop import Refused, Unavailable, charge

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.basic_qos(prefetch_count=10)


def callback(ch, method, properties, body):
    order = json.loads(body)
    key = f"{method.consumer_tag}-{method.delivery_tag}"
    while True:
        try:
            charge(order, key=key)
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
