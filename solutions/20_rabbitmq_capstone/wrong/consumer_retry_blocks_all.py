# fail retry-blocks-all
"""Sleeps between the attempts, with the whole queue behind it."""

import json
import os

import pika
from shop import Refused, Unavailable, charge

QUEUE, DEAD_LETTERS = os.environ["QUEUE"], os.environ["DEAD_LETTERS"]
PAUSES = (100, 200, 400, 800)

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.queue_declare(QUEUE, durable=True)
channel.confirm_delivery()


def send(queue, body, headers):
    properties = pika.BasicProperties(delivery_mode=2, headers=headers)
    channel.basic_publish("", queue, body, properties, mandatory=True)


def on_order(channel, method, properties, body):
    order = json.loads(body)
    for attempts in range(1, 6):
        try:
            charge(order, key=order["id"])
            break
        except Unavailable as unavailable:
            reason, pause = unavailable, PAUSES[min(attempts, 4) - 1]
            connection.sleep(pause / 1000)
        except Refused as refused:
            send(DEAD_LETTERS, body, {"reason": str(refused), "attempts": attempts})
            break
    else:
        send(DEAD_LETTERS, body, {"reason": str(reason), "attempts": attempts})
    channel.basic_ack(method.delivery_tag)


channel.basic_qos(prefetch_count=5)
channel.basic_consume(QUEUE, on_order)
channel.start_consuming()
