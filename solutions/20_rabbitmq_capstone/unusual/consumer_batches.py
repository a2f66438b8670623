# pass
"""Works off what comes, and lets go of five orders, or of fewer where no more come, with one acknowledgement."""

import json
import os

import pika
from shop import Refused, Unavailable, charge

QUEUE, DEAD_LETTERS = os.environ["QUEUE"], os.environ["DEAD_LETTERS"]

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.queue_declare(QUEUE, durable=True)
channel.confirm_delivery()
# One queue for all pauses, a time to live for each message: a short one may wait behind a longer one, and longer than it should.
channel.queue_declare(f"{QUEUE}.wait", durable=True, arguments={
    "x-dead-letter-exchange": "", "x-dead-letter-routing-key": QUEUE})


def send(queue, body, expiration=None, **headers):
    properties = pika.BasicProperties(delivery_mode=2, headers=headers, expiration=expiration)
    channel.basic_publish("", queue, body, properties, mandatory=True)


def work(properties, body):
    order = json.loads(body)
    attempts = (properties.headers or {}).get("attempts", 0) + 1
    try:
        charge(order, key=order["id"])
    except Unavailable as reason:
        if attempts < 5:
            send(f"{QUEUE}.wait", body, str(50 * 2 ** attempts), attempts=attempts)
        else:
            send(DEAD_LETTERS, body, reason=str(reason), attempts=attempts)
    except Refused as reason:
        send(DEAD_LETTERS, body, reason=str(reason), attempts=attempts)


channel.basic_qos(prefetch_count=5)
batch, last = 0, None
for method, properties, body in channel.consume(QUEUE, inactivity_timeout=0.05):
    if method is not None:
        work(properties, body)
        batch, last = batch + 1, method.delivery_tag
    if batch and (method is None or batch == 5):
        channel.basic_ack(last, multiple=True)
        batch = 0
