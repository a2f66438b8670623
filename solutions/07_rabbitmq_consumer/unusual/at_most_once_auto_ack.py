# pass
# guarantee: at-most-once
# The broker forgets an order as it sends it: none can come twice. A kill costs all that waits in this process.
import json
import os

import pika
from shop import Refused, Unavailable, charge

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()


def on_order(channel, method, properties, body):
    try:
        charge(json.loads(body))
    except (Refused, Unavailable) as error:
        print("given up:", error)


channel.basic_consume(os.environ["QUEUE"], on_order, auto_ack=True)
channel.start_consuming()
