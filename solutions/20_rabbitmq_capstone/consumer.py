"""Charge every order: try again later what may pass, put aside what will not, lose nothing, and charge nothing twice."""

import json
import os
import signal

import pika
# region task: what the shop may answer
from shop import Refused, Unavailable, charge
# starter:
#| from shop import charge
# endregion

QUEUE, DEAD_LETTERS = os.environ["QUEUE"], os.environ["DEAD_LETTERS"]
ATTEMPTS = 5
PAUSES = (100, 200, 400, 800)  # milliseconds before the second, third, fourth and fifth attempt

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.queue_declare(QUEUE, durable=True)  # as the producer does: whoever starts first makes it

# region task: a queue for each pause: messages wait there until their time is up, then go back to QUEUE
# Confirms for what we publish: an order is acknowledged only when its copy is safe.
channel.confirm_delivery()
for pause in PAUSES:
    # Dead-lettering is at most once by default; a quorum queue can keep a message until its way back is confirmed.
    channel.queue_declare(f"{QUEUE}.wait-{pause}", durable=True, arguments={
        "x-queue-type": "quorum", "x-message-ttl": pause, "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": QUEUE, "x-dead-letter-strategy": "at-least-once", "x-overflow": "reject-publish",
    })
# starter:
# endregion


# region task: send away what cannot be charged now
def send(queue, body, headers):
    """Returns once RabbitMQ has taken responsibility for the message; raises otherwise."""
    properties = pika.BasicProperties(content_type="application/json", delivery_mode=2, headers=headers)
    channel.basic_publish("", queue, body, properties, mandatory=True)
# starter:
# endregion


def on_order(channel, method, properties, body):
    order = json.loads(body)
    # region task: charge it; send it to wait, or to the dead letters, where it cannot be charged now; then let go of it
    attempts = (properties.headers or {}).get("attempts", 0) + 1
    try:
        charge(order, key=order["id"])  # the shop knows an order that it has charged already by this key
    except Unavailable as reason:
        if attempts < ATTEMPTS:
            send(f"{QUEUE}.wait-{PAUSES[attempts - 1]}", body, {"attempts": attempts})
        else:
            send(DEAD_LETTERS, body, {"reason": str(reason), "attempts": attempts})
    except Refused as reason:
        send(DEAD_LETTERS, body, {"reason": str(reason), "attempts": attempts})
    # Charged, or safe in another queue. Killed just before this line, we hold it twice.
    channel.basic_ack(method.delivery_tag)
    # starter:
    #| charge(order)
    # endregion


def stop(signum, frame):
    # Only a note for later: the order in hand is finished first, the orders not begun go back to the queue.
    connection.add_callback_threadsafe(channel.stop_consuming)


signal.signal(signal.SIGTERM, stop)

channel.basic_qos(prefetch_count=5)
# region task: the broker keeps each order until it is acknowledged
channel.basic_consume(QUEUE, on_order)
# starter:
#| channel.basic_consume(QUEUE, on_order, auto_ack=True)
# endregion
channel.start_consuming()
connection.close()
