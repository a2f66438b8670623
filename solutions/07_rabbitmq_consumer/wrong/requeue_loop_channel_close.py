# fail requeue-loop
# Never says "requeue": it closes the channel on every error and opens another, which has the same effect.
import json
import os

import pika
from shop import charge

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))


def callback(ch, method, properties, body):
    charge(json.loads(body))
    ch.basic_ack(method.delivery_tag)


while True:
    channel = connection.channel()
    channel.basic_qos(prefetch_count=1)
    channel.basic_consume(os.environ["QUEUE"], callback)
    try:
        channel.start_consuming()
    except Exception as error:
        print("error, starting afresh:", error)
        channel.close()
