"""Charge every order in the queue, and none twice: at least once, plus a key by which the shop knows an order again."""

import json
import os
import signal

import pika
from shop import Refused, Unavailable, charge

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
stopping = False


def on_order(channel, method, properties, body):
    order = json.loads(body)
    pause = 0.1
    while not stopping:
        try:
            # region task: charge with a key that stays the same for the order's whole life: its own id
            # The same at every attempt, in every process, after every redelivery. The shop stores it together with the
            # charge, so there is no moment between the two in which we could die.
            charge(order, key=order["id"])
            # starter:
            #| charge(order)
            # endregion
        except Unavailable:
            connection.sleep(pause)
            pause = min(2 * pause, 2.0)
        except Refused as reason:
            print(reason)
            channel.basic_reject(method.delivery_tag, requeue=False)
            return
        else:
            channel.basic_ack(method.delivery_tag)
            return


def stop(signum, frame):
    global stopping
    stopping = True
    connection.add_callback_threadsafe(channel.stop_consuming)


signal.signal(signal.SIGTERM, stop)

channel.basic_qos(prefetch_count=10)
channel.basic_consume(os.environ["QUEUE"], on_order)
channel.start_consuming()
connection.close()
