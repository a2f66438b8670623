"""Charge every order in the queue; acknowledge an order only when nothing is left to do for it."""

import json
import os
import signal

import pika
from shop import Refused, Unavailable, charge

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
stopping = False  # becomes True when the program is asked to stop


def on_order(channel, method, properties, body):
    order = json.loads(body)
    # region task: charge the order, then tell the broker what became of it
    pause = 0.1
    while not stopping:
        try:
            charge(order)
        except Unavailable:
            # Not charged, but it may be soon. Unacknowledged, the order stays ours: should we die here, the broker
            # gives it to somebody else. connection.sleep goes on answering heartbeats, time.sleep would not.
            connection.sleep(pause)
            pause = min(2 * pause, 2.0)
        except Refused as reason:
            # Asking again cannot help, and requeueing would bring it back for ever. Without requeue the broker
            # dead-letters it, or drops it where the queue has no dead-letter exchange: leave a trace.
            print(reason)
            channel.basic_reject(method.delivery_tag, requeue=False)
            return
        else:
            # Only now can the broker forget the order.
            channel.basic_ack(method.delivery_tag)
            return
    # starter:
    #| channel.basic_ack(method.delivery_tag)
    #| charge(order)
    # endregion


def stop(signum, frame):
    # Only a note for later: the order in hand is finished first, the orders not begun go back to the queue.
    global stopping
    stopping = True
    connection.add_callback_threadsafe(channel.stop_consuming)


signal.signal(signal.SIGTERM, stop)

# Before basic_consume, or it does not count for this consumer. It bounds how many orders wait in this process.
channel.basic_qos(prefetch_count=10)
channel.basic_consume(os.environ["QUEUE"], on_order)
channel.start_consuming()
connection.close()
