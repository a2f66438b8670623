# pass ignores-sigterm
# Nothing is lost by it, but every deployment waits for the supervisor's patience to end.
import json
import os
import signal

import pika
from shop import Refused, Unavailable, charge

signal.signal(signal.SIGTERM, signal.SIG_IGN)

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.basic_qos(prefetch_count=10)


def on_order(channel, method, properties, body):
    try:
        charge(json.loads(body))
    except Unavailable:
        connection.sleep(0.1)
        channel.basic_nack(method.delivery_tag, requeue=True)
    except Refused:
        channel.basic_nack(method.delivery_tag, requeue=False)
    else:
        channel.basic_ack(method.delivery_tag)


channel.basic_consume(os.environ["QUEUE"], on_order)
channel.start_consuming()
