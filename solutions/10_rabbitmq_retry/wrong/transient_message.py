# fail transient-message
import json
import os

import pika
from shop import Refused, Unavailable, charge

QUEUE, DEAD_LETTERS = os.environ["QUEUE"], os.environ["DEAD_LETTERS"]
PAUSES = (500, 600, 700, 800)  # long enough that the broker is killed in the first, on a slow machine too

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.confirm_delivery()
for pause in PAUSES:
    channel.queue_declare(f"{QUEUE}.wait-{pause}", durable=True, arguments={
        "x-message-ttl": pause, "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": QUEUE,
    })


def send(queue, body, headers):
    properties = pika.BasicProperties(headers=headers)
    channel.basic_publish("", queue, body, properties, mandatory=True)


def on_order(channel, method, properties, body):
    attempts = (properties.headers or {}).get("attempts", 0) + 1
    try:
        charge(json.loads(body))
    except Unavailable as reason:
        if attempts < 5:
            send(f"{QUEUE}.wait-{PAUSES[attempts - 1]}", body, {"attempts": attempts})
        else:
            send(DEAD_LETTERS, body, {"reason": str(reason), "attempts": attempts})
    except Refused as reason:
        send(DEAD_LETTERS, body, {"reason": str(reason), "attempts": attempts})
    channel.basic_ack(method.delivery_tag)


channel.basic_qos(prefetch_count=5)
channel.basic_consume(QUEUE, on_order)
channel.start_consuming()
