# fail auto-ack
# Prefetch counts unacknowledged messages. With auto_ack there are none, so it limits nothing.
import json
import os

import pika
from shop import charge

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.basic_qos(prefetch_count=1)  # one at a time, so at most one can be lost


def callback(ch, method, properties, body):
    charge(json.loads(body))


channel.basic_consume(queue=os.environ["QUEUE"], on_message_callback=callback, auto_ack=True)
channel.start_consuming()
