# fail never-ack
import json
import os

import pika
from shop import charge

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()


def callback(ch, method, properties, body):
    charge(json.loads(body))
    print("done")


channel.basic_consume(queue=os.environ["QUEUE"], on_message_callback=callback)
channel.start_consuming()
