# fail dlx-missing
# Rejects without requeue on every error. The queue has no dead-letter exchange, so the broker drops the order.
import json
import os

import pika
from shop import charge

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.basic_qos(prefetch_count=10)


def callback(ch, method, properties, body):
    try:
        charge(json.loads(body))
    except Exception as error:
        print("to the dead letters:", error)
        ch.basic_nack(method.delivery_tag, requeue=False)
    else:
        ch.basic_ack(method.delivery_tag)


channel.basic_consume(os.environ["QUEUE"], callback)
channel.start_consuming()
