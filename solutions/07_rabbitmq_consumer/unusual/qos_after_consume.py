# pass qos-after-consume
# The limit holds for consumers that begin after it. This one began before, and gets the whole queue at once.
import json
import os

import pika
from shop import Refused, Unavailable, charge

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()


def on_order(channel, method, properties, body):
    order = json.loads(body)
    while True:
        try:
            charge(order)
        except Unavailable:
            connection.sleep(0.1)
            continue
        except Refused:
            channel.basic_reject(method.delivery_tag, requeue=False)
        else:
            channel.basic_ack(method.delivery_tag)
        return


channel.basic_consume(os.environ["QUEUE"], on_order)
channel.basic_qos(prefetch_count=1)
channel.start_consuming()
