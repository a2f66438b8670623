# fail ack-before-work
import json
import os

import pika
from shop import Refused, Unavailable, charge

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.basic_qos(prefetch_count=1)


def callback(ch, method, properties, body):
    ch.basic_ack(delivery_tag=method.delivery_tag)  # first things first: we have it
    order = json.loads(body)
    for attempt in range(5):
        try:
            charge(order)
            break
        except Unavailable:
            connection.sleep(0.1)
        except Refused as error:
            print(error)
            break


channel.basic_consume(queue=os.environ["QUEUE"], on_message_callback=callback)
channel.start_consuming()
