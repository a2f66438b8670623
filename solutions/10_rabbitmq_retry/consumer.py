"""Charge every order: try again later what may pass, put aside what will not, and make nobody wait meanwhile."""

import json
import os
import signal

import pika
from shop import Refused, Unavailable, charge

QUEUE, DEAD_LETTERS = os.environ["QUEUE"], os.environ["DEAD_LETTERS"]
ATTEMPTS = 5
PAUSES = (100, 200, 400, 800)  # milliseconds before the second, third, fourth and fifth attempt

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()

# region task: a queue for each pause: messages wait there until their time is up, then go back to QUEUE
# Confirms for what we publish: an order is acknowledged only when its copy is safe.
channel.confirm_delivery()
for pause in PAUSES:
    # One queue for each pause: within a queue messages leave in order, and a long pause would hold up a short one behind it.
    # Dead-lettering is at most once by default: what falls due while QUEUE is not there (a restart) is dropped. Only a
    # quorum queue can keep a message until its way back is confirmed, and it then asks for reject-publish.
    channel.queue_declare(f"{QUEUE}.wait-{pause}", durable=True, arguments={
        "x-queue-type": "quorum", "x-message-ttl": pause, "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": QUEUE, "x-dead-letter-strategy": "at-least-once", "x-overflow": "reject-publish",
    })
# starter:
# endregion


def send(queue, body, headers):
    """Returns once RabbitMQ has taken responsibility for the message; raises otherwise."""
    properties = pika.BasicProperties(content_type="application/json", delivery_mode=2, headers=headers)
    channel.basic_publish("", queue, body, properties, mandatory=True)


def on_order(channel, method, properties, body):
    order = json.loads(body)
    # region task: charge it; send it to wait, or to the dead letters, where it cannot be charged now
    attempts = (properties.headers or {}).get("attempts", 0) + 1
    try:
        charge(order)
    except Unavailable as reason:
        if attempts < ATTEMPTS:
            send(f"{QUEUE}.wait-{PAUSES[attempts - 1]}", body, {"attempts": attempts})
        else:
            send(DEAD_LETTERS, body, {"reason": str(reason), "attempts": attempts})
    except Refused as reason:
        # Another attempt would get the same answer.
        send(DEAD_LETTERS, body, {"reason": str(reason), "attempts": attempts})
    # Charged, or safe in another queue. Killed just before this line, we hold it twice: the price of at least once.
    channel.basic_ack(method.delivery_tag)
    # starter:
    #| try:
    #|     charge(order)
    #| except Unavailable:
    #|     channel.basic_nack(method.delivery_tag, requeue=True)
    #|     return
    #| except Refused:
    #|     pass
    #| channel.basic_ack(method.delivery_tag)
    # endregion


def stop(signum, frame):
    # Only a note for later: the order in hand is finished first, the orders not begun go back to the queue.
    connection.add_callback_threadsafe(channel.stop_consuming)


signal.signal(signal.SIGTERM, stop)

channel.basic_qos(prefetch_count=5)
channel.basic_consume(QUEUE, on_order)
channel.start_consuming()
connection.close()
