# pass
# Pulls while there is something to pull; where there is nothing it waits on the connection, not beside it.
import json
import os

import pika
from shop import Refused, Unavailable, charge

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()

while True:
    method, properties, body = channel.basic_get(os.environ["QUEUE"])
    if method is None:
        connection.process_data_events(time_limit=2)
        continue
    try:
        charge(json.loads(body))
    except Unavailable:
        connection.sleep(0.1)
        channel.basic_nack(method.delivery_tag, requeue=True)
    except Refused as error:
        print(error)
        channel.basic_reject(method.delivery_tag, requeue=False)
    else:
        channel.basic_ack(method.delivery_tag)
