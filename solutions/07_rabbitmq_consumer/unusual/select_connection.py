# pass
# pika's callback style: nothing blocks but the charge, and the pause before the next attempt is a timer.
import json
import os
import signal

import pika
from shop import Refused, Unavailable, charge


def on_open(connection):
    connection.channel(on_open_callback=on_channel)


def on_channel(channel):
    channel.basic_qos(prefetch_count=6, callback=lambda frame: channel.basic_consume(os.environ["QUEUE"], on_order))


def on_order(channel, method, properties, body):
    try:
        charge(json.loads(body))
    except Unavailable:
        channel.connection.ioloop.call_later(
            0.1, lambda: channel.is_open and channel.basic_nack(method.delivery_tag, requeue=True)
        )
    except Refused:
        channel.basic_nack(method.delivery_tag, requeue=False)
    else:
        channel.basic_ack(method.delivery_tag)


connection = pika.SelectConnection(
    pika.URLParameters(os.environ["AMQP_URL"]),
    on_open_callback=on_open,
    on_close_callback=lambda connection, reason: connection.ioloop.stop(),
)
signal.signal(signal.SIGTERM, lambda *_: connection.ioloop.add_callback_threadsafe(connection.close))
connection.ioloop.start()
