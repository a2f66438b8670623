# pass
# On a transactional channel an acknowledgement counts when the commit is answered. Slower, and no safer here.
import json
import os

import pika
from shop import Refused, Unavailable, charge

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.tx_select()
channel.basic_qos(prefetch_count=4)


def on_order(channel, method, properties, body):
    order = json.loads(body)
    while True:
        try:
            charge(order)
        except Unavailable:
            connection.sleep(0.1)
            continue
        except Refused:
            channel.basic_reject(method.delivery_tag, requeue=False)
        else:
            channel.basic_ack(method.delivery_tag)
        channel.tx_commit()
        return


channel.basic_consume(os.environ["QUEUE"], on_order)
channel.start_consuming()
