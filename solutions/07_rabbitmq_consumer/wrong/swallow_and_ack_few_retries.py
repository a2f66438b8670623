# fail swallow-and-ack
# One more attempt, at once, then on to the next: a shop that is away for a second takes an order along.
import json
import os

import pika
from shop import Refused, Unavailable, charge

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.basic_qos(prefetch_count=10)


def callback(ch, method, properties, body):
    order = json.loads(body)
    for attempt in (1, 2):
        try:
            charge(order)
            break
        except Unavailable as error:
            print("attempt", attempt, error)
        except Refused as error:
            print(error)
            break
    ch.basic_ack(method.delivery_tag)


channel.basic_consume(os.environ["QUEUE"], callback)
channel.start_consuming()
