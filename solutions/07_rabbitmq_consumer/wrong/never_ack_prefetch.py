# fail never-ack
# With a prefetch the missing acknowledgement shows at once: after five orders the broker sends no more.
import json
import os

import pika
from shop import charge

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.basic_qos(prefetch_count=5)


def callback(ch, method, properties, body):
    charge(json.loads(body))


channel.basic_consume(queue=os.environ["QUEUE"], on_message_callback=callback)
channel.start_consuming()
