# fail ack-wrong-channel
# A delivery tag belongs to the channel on which the message came; on any other it means nothing.
import json
import os

import pika
from shop import charge

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
consume_channel = connection.channel()
ack_channel = connection.channel()
consume_channel.basic_qos(prefetch_count=10)


def callback(ch, method, properties, body):
    charge(json.loads(body))
    ack_channel.basic_ack(method.delivery_tag)


consume_channel.basic_consume(os.environ["QUEUE"], callback)
consume_channel.start_consuming()
