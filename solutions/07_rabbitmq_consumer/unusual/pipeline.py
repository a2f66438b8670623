# pass
# Two steps: a copy of each order goes into a queue of the program's own (confirmed, then acknowledged), and is charged
# from there.
import json
import os

import pika
from shop import Refused, Unavailable, charge

QUEUE = os.environ["QUEUE"]
CHECKED = QUEUE + ".checked"

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.confirm_delivery()
channel.queue_declare(CHECKED, durable=True, arguments={"x-queue-type": "quorum"})
channel.basic_qos(prefetch_count=3)


def on_order(channel, method, properties, body):
    assert json.loads(body)["amount"] > 0
    channel.basic_publish("", CHECKED, body, properties, mandatory=True)
    channel.basic_ack(method.delivery_tag)


def on_checked(channel, method, properties, body):
    try:
        charge(json.loads(body))
    except Unavailable:
        connection.sleep(0.1)
        channel.basic_nack(method.delivery_tag, requeue=True)
    except Refused:
        channel.basic_nack(method.delivery_tag, requeue=False)
    else:
        channel.basic_ack(method.delivery_tag)


channel.basic_consume(QUEUE, on_order)
channel.basic_consume(CHECKED, on_checked)
channel.start_consuming()
