# pass
# Keeps refused orders in a queue of its own: published with a confirm first, acknowledged afterwards.
import json
import os

import pika
from shop import Refused, Unavailable, charge

QUEUE = os.environ["QUEUE"]
REFUSED = QUEUE + ".refused"

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.confirm_delivery()
channel.queue_declare(REFUSED, durable=True, arguments={"x-queue-type": "quorum"})
channel.basic_qos(prefetch_count=5)


def on_order(channel, method, properties, body):
    order = json.loads(body)
    while True:
        try:
            charge(order)
        except Unavailable:
            connection.sleep(0.1)
            continue
        except Refused as error:
            properties.headers = {**(properties.headers or {}), "reason": str(error)}
            channel.basic_publish("", REFUSED, body, properties, mandatory=True)
        channel.basic_ack(method.delivery_tag)
        return


channel.basic_consume(QUEUE, on_order)
channel.start_consuming()
