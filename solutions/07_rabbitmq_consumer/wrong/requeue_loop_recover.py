# fail requeue-loop
import json
import os
import time

import pika
from shop import charge

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.basic_qos(prefetch_count=1)

while True:
    method, properties, body = channel.basic_get(os.environ["QUEUE"])
    if method is None:
        time.sleep(0.05)
        continue
    try:
        charge(json.loads(body))
        channel.basic_ack(method.delivery_tag)
    except Exception as error:
        print(error)
        channel.basic_recover(requeue=True)
