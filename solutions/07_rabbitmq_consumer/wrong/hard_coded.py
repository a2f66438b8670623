# fail hard-coded
# The ids were copied from the output of an earlier run.
import os

import pika
from shop import charge

IDS = ["ord-7f3a", "ord-81c0", "ord-9b2e", "ord-a4d7", "ord-b066", "ord-c1f9"]

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.basic_qos(prefetch_count=1)
seen = 0


def callback(ch, method, properties, body):
    global seen
    charge({"id": IDS[seen % len(IDS)], "n": seen + 1, "customer": "c1", "amount": 10})
    seen += 1
    ch.basic_ack(method.delivery_tag)


channel.basic_consume(os.environ["QUEUE"], callback)
channel.start_consuming()
