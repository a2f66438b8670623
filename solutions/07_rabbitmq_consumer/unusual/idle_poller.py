# pass idle-poller
# Loses nothing. But each empty look is a round trip for nothing, and a new order waits for the next look.
import json
import os
import time

import pika
from shop import Refused, Unavailable, charge

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()

while True:
    method, properties, body = channel.basic_get(os.environ["QUEUE"])
    if method is None:
        time.sleep(0.002)
        continue
    try:
        charge(json.loads(body))
    except Unavailable:
        time.sleep(0.1)
        channel.basic_nack(method.delivery_tag, requeue=True)
    except Refused:
        channel.basic_nack(method.delivery_tag, requeue=False)
    else:
        channel.basic_ack(method.delivery_tag)
