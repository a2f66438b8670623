"""Charge no order twice, even if some are then never charged: the broker forgets an order before it is charged."""

import json
import os
import signal

import pika
from shop import Refused, Unavailable, charge

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()


def on_order(channel, method, properties, body):
    order = json.loads(body)
    # region task: acknowledge first, then charge: who dies in between loses the order and charges nothing twice
    channel.basic_ack(method.delivery_tag)
    # starter:
    # endregion
    # region task: charge nothing that was out before: it may have been charged, and its acknowledgement got lost
    if method.redelivered:
        print(f"order {order['n']} was delivered before: not charged, to be safe")
        return
    # starter:
    # endregion
    for pause in (0.1, 0.2, 0.4, 0.8, 1.6):
        try:
            charge(order)
            return
        except Unavailable:
            # A clear answer: not charged. Asking again is safe here; after a broken connection it would not be.
            connection.sleep(pause)
        except Refused as reason:
            print(reason)
            return
    print(f"order {order['n']} given up: the shop was away for too long")


def stop(signum, frame):
    connection.add_callback_threadsafe(channel.stop_consuming)


signal.signal(signal.SIGTERM, stop)

# One order at a time: orders that wait here when the process dies come back as redelivered and are not charged.
channel.basic_qos(prefetch_count=1)
channel.basic_consume(os.environ["QUEUE"], on_order)
channel.start_consuming()
connection.close()
