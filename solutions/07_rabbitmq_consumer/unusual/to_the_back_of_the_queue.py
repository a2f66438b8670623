# pass
# An order that cannot be charged now goes to the end of the queue: a confirmed copy first, then the acknowledgement.
import json
import os

import pika
from shop import Refused, Unavailable, charge

QUEUE = os.environ["QUEUE"]

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.confirm_delivery()
channel.basic_qos(prefetch_count=1)


def on_order(channel, method, properties, body):
    try:
        charge(json.loads(body))
    except Unavailable:
        headers = properties.headers or {}
        properties.headers = {**headers, "attempts": headers.get("attempts", 0) + 1}
        connection.sleep(0.05 * properties.headers["attempts"])
        channel.basic_publish("", QUEUE, body, properties, mandatory=True)
    except Refused as error:
        print(error)
    channel.basic_ack(method.delivery_tag)


channel.basic_consume(QUEUE, on_order)
channel.start_consuming()
