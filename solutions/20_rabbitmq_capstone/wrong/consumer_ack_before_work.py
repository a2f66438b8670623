# fail ack-before-work
"""Acknowledges first, so that a slow shop does not keep the queue waiting."""

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
for pause in PAUSES:
    channel.queue_declare(f"{QUEUE}.wait-{pause}", durable=True, arguments={
        "x-queue-type": "quorum", "x-message-ttl": pause, "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": QUEUE, "x-dead-letter-strategy": "at-least-once", "x-overflow": "reject-publish",
    })


def send(queue, body, headers):
    properties = pika.BasicProperties(delivery_mode=2, headers=headers)
    channel.basic_publish("", queue, body, properties, mandatory=True)


def on_order(channel, method, properties, body):
    channel.basic_ack(method.delivery_tag)
    order = json.loads(body)
    attempts = (properties.headers or {}).get("attempts", 0) + 1
    try:
        charge(order, key=order["id"])
    except Unavailable as reason:
        if attempts < 5:
            send(f"{QUEUE}.wait-{PAUSES[attempts - 1]}", body, {"attempts": attempts})
        else:
            send(DEAD_LETTERS, body, {"reason": str(reason), "attempts": attempts})
    except Refused as reason:
        send(DEAD_LETTERS, body, {"reason": str(reason), "attempts": attempts})


channel.basic_qos(prefetch_count=5)
channel.basic_consume(QUEUE, on_order)
channel.start_consuming()
