# fail auto-ack
import json
import os

import pika
from shop import charge

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()


def callback(ch, method, properties, body):
    order = json.loads(body)
    print("received order", order["n"])
    charge(order)


channel.basic_consume(queue=os.environ["QUEUE"], on_message_callback=callback, auto_ack=True)
channel.start_consuming()
