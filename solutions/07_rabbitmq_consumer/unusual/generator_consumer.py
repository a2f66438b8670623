# pass
import json
import os
import signal

import pika
from shop import Refused, Unavailable, charge

stopping = False


def stop(signum, frame):
    global stopping
    stopping = True


signal.signal(signal.SIGTERM, stop)

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.basic_qos(prefetch_count=2)
for method, properties, body in channel.consume(os.environ["QUEUE"], inactivity_timeout=0.1):
    if stopping:
        break
    if method is None:
        continue
    try:
        charge(json.loads(body))
    except Unavailable:
        connection.sleep(0.1)
        channel.basic_nack(method.delivery_tag)
    except Refused:
        channel.basic_nack(method.delivery_tag, requeue=False)
    else:
        channel.basic_ack(method.delivery_tag)
channel.cancel()  # gives back what was fetched and not begun
connection.close()
