# pass
"""No queue to wait in: the order stays unacknowledged in this process, a timer tries it again, and others go on."""
import json
import os

import pika
from shop import Refused, Unavailable, charge

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.confirm_delivery()


def give_up(tag, body, reason, attempts):
    headers = {"reason": str(reason), "attempts": attempts}
    channel.basic_publish("", os.environ["DEAD_LETTERS"], body, pika.BasicProperties(delivery_mode=2, headers=headers))
    channel.basic_ack(tag)


def attempt(tag, body, attempts):
    try:
        charge(json.loads(body))
        channel.basic_ack(tag)
    except Refused as reason:
        give_up(tag, body, reason, attempts)
    except Unavailable as reason:
        if attempts == 5:
            give_up(tag, body, reason, attempts)
        else:
            connection.call_later(0.1 * 2 ** (attempts - 1), lambda: attempt(tag, body, attempts + 1))


channel.basic_qos(prefetch_count=10)
channel.basic_consume(os.environ["QUEUE"], lambda channel, method, properties, body: attempt(method.delivery_tag, body, 1))
channel.start_consuming()
