# fail requeue-loop
import json
import os

import pika
from shop import charge

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.basic_qos(prefetch_count=1)


def callback(ch, method, properties, body):
    try:
        charge(json.loads(body))
    except Exception as error:
        print(error)
        ch.basic_nack(method.delivery_tag, requeue=True)  # it will work the next time
    else:
        ch.basic_ack(method.delivery_tag)


channel.basic_consume(os.environ["QUEUE"], callback)
channel.start_consuming()
