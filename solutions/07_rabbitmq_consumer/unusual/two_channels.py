# pass
# Two consumers on two channels of one connection. Both count tags from 1, so each acknowledges on its own channel.
import json
import os

import pika
from shop import Refused, Unavailable, charge

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))


def on_order(channel, method, properties, body):
    order = json.loads(body)
    while True:
        try:
            charge(order)
        except Unavailable:
            connection.sleep(0.1)
            continue
        except Refused:
            channel.basic_reject(method.delivery_tag, requeue=False)
        else:
            channel.basic_ack(method.delivery_tag)
        return


for channel in (connection.channel(), connection.channel()):
    channel.basic_qos(prefetch_count=3)
    channel.basic_consume(os.environ["QUEUE"], on_order)
while True:
    connection.process_data_events(time_limit=None)
