# pass
# Waits before it gives the order back; connection.sleep goes on serving the connection meanwhile, time.sleep would not.
import json
import os

import pika
from shop import Refused, Unavailable, charge

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.basic_qos(prefetch_count=1)


def on_order(channel, method, properties, body):
    try:
        charge(json.loads(body))
    except Unavailable:
        connection.sleep(0.3)
        channel.basic_nack(method.delivery_tag, requeue=True)
    except Refused:
        channel.basic_nack(method.delivery_tag, requeue=False)
    else:
        channel.basic_ack(method.delivery_tag)


channel.basic_consume(os.environ["QUEUE"], on_order)
channel.start_consuming()
