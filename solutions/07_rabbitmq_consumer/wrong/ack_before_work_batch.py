# fail ack-before-work
# Collects a batch, acknowledges it in one go because that is fast, then works through it.
import json
import os

import pika
from shop import Refused, Unavailable, charge

BATCH = 8

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.basic_qos(prefetch_count=BATCH)

batch = []
for method, properties, body in channel.consume(os.environ["QUEUE"], inactivity_timeout=0.2):
    if method is not None:
        batch.append(json.loads(body))
        last_tag = method.delivery_tag
    if batch and (method is None or len(batch) == BATCH):
        channel.basic_ack(last_tag, multiple=True)
        for order in batch:
            while True:
                try:
                    charge(order)
                except Unavailable:
                    connection.sleep(0.1)
                    continue
                except Refused as error:
                    print(error)
                break
        batch.clear()
