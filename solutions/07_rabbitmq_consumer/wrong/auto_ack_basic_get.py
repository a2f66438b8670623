# fail auto-ack
import json
import os
import time

import pika
from shop import charge

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()

while True:
    method, properties, body = channel.basic_get(os.environ["QUEUE"], auto_ack=True)
    if method is None:
        time.sleep(0.1)
        continue
    charge(json.loads(body))
