# pass
# One acknowledgement for many orders, sent when all of them are done; a half-full batch waits 0.2 s at most.
import json
import os

import pika
from shop import Refused, Unavailable, charge

BATCH = 8

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.basic_qos(prefetch_count=2 * BATCH)

unsettled, last_tag = 0, 0
for method, properties, body in channel.consume(os.environ["QUEUE"], inactivity_timeout=0.2):
    if method is not None:
        order = json.loads(body)
        while True:
            try:
                charge(order)
            except Unavailable:
                connection.sleep(0.1)
                continue
            except Refused as error:
                print(error)  # nothing else will ever be done for it: it may be acknowledged with the others
            break
        unsettled, last_tag = unsettled + 1, method.delivery_tag
    if unsettled and (method is None or unsettled == BATCH):
        channel.basic_ack(last_tag, multiple=True)
        unsettled = 0
