# fail auto-ack
import json
import os

import pika
from shop import Refused, Unavailable, charge

with pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"])) as connection:
    channel = connection.channel()
    for method, properties, body in channel.consume(os.environ["QUEUE"], auto_ack=True):
        order = json.loads(body)
        while True:
            try:
                charge(order)
            except Unavailable:
                connection.sleep(0.1)
                continue
            except Refused as error:
                print(error)
            break
