# pass
"""Four threads charge; all that goes to RabbitMQ is said by the thread that owns the connection."""

import functools
import json
import os
from concurrent.futures import ThreadPoolExecutor

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
        "x-message-ttl": pause, "x-dead-letter-exchange": "", "x-dead-letter-routing-key": QUEUE})


def settle(tag, queue=None, body=b"", headers=None):
    """In the connection's own thread: a copy that is confirmed, then the acknowledgement."""
    if queue:
        channel.basic_publish("", queue, body, pika.BasicProperties(delivery_mode=2, headers=headers), mandatory=True)
    channel.basic_ack(tag)


def work(tag, attempts, body):
    order = json.loads(body)
    then = [tag]
    try:
        charge(order, key=order["id"])
    except Unavailable as reason:
        if attempts < 5:
            then += [f"{QUEUE}.wait-{PAUSES[attempts - 1]}", body, {"attempts": attempts}]
        else:
            then += [DEAD_LETTERS, body, {"reason": str(reason), "attempts": attempts}]
    except Refused as reason:
        then += [DEAD_LETTERS, body, {"reason": str(reason), "attempts": attempts}]
    connection.add_callback_threadsafe(functools.partial(settle, *then))


with ThreadPoolExecutor(4) as threads:
    channel.basic_qos(prefetch_count=8)
    channel.basic_consume(QUEUE, lambda _, method, properties, body: threads.submit(
        work, method.delivery_tag, (properties.headers or {}).get("attempts", 0) + 1, body))
    channel.start_consuming()
