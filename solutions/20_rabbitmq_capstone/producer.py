"""Publish every order of the shop; accept an order only when RabbitMQ has it for good."""

import json
import os

import pika
from shop import accept, orders

QUEUE = os.environ["QUEUE"]

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
# region task: a queue that outlives the broker's process, and an answer to each message
# Whoever starts first makes the queue; the other finds it as it is.
channel.queue_declare(QUEUE, durable=True)
channel.confirm_delivery()
# starter:
#| channel.queue_declare(QUEUE, durable=True)
# endregion

for order in orders():
    # region task: a message that outlives it, too, and a promise that rests on the confirm
    properties = pika.BasicProperties(
        content_type="application/json", message_id=order["id"], delivery_mode=pika.DeliveryMode.Persistent.value
    )
    # Where no confirm comes this raises, and the program ends with an error: it is started again, and orders() yields this
    # order once more. It may stand in the queue twice then, but never nowhere.
    channel.basic_publish("", QUEUE, json.dumps(order), properties, mandatory=True)
    accept(order)
    # starter:
    #| channel.basic_publish("", QUEUE, json.dumps(order))
    #| accept(order)
    # endregion

connection.close()
