# pass retry-permanent
# Does not tell passing errors from permanent ones: five attempts each, then into a parking queue (confirmed), then on.
import json
import os

import pika
from shop import charge

QUEUE = os.environ["QUEUE"]
PARKED = QUEUE + ".parked"

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.confirm_delivery()
channel.queue_declare(PARKED, durable=True, arguments={"x-queue-type": "quorum"})
channel.basic_qos(prefetch_count=1)


def on_order(channel, method, properties, body):
    for attempt in range(5):
        try:
            charge(json.loads(body))
            break
        except Exception as error:
            print(error)
            connection.sleep(0.05 * 2**attempt)
    else:
        channel.basic_publish("", PARKED, body, properties, mandatory=True)
    channel.basic_ack(method.delivery_tag)


channel.basic_consume(QUEUE, on_order)
channel.start_consuming()
