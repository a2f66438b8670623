"""Publish every order of the shop; accept an order only when RabbitMQ has it for good."""

import json
import os

import pika
from shop import accept, orders

QUEUE = os.environ["QUEUE"]

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
# Whoever starts first makes the queue; the other finds it as it is.
channel.queue_declare(QUEUE, durable=True)
# region task: ask for an answer to each message
channel.confirm_delivery()
# starter:
# endregion

for order in orders():
    # region task: a message that outlives the broker's process, and a promise that rests on its confirm
    properties = pika.BasicProperties(
        content_type="application/json", message_id=order["id"], delivery_mode=pika.DeliveryMode.Persistent.value
    )
    # Waits for the confirm. Where none comes it raises, and the program ends with an error: it is started again, and orders()
    # yields this order once more. It may stand in the queue twice then, but never nowhere.
    channel.basic_publish("", QUEUE, json.dumps(order), properties, mandatory=True)
    accept(order)
    # starter:
    #| properties = pika.BasicProperties(content_type="application/json", message_id=order["id"])
    #| channel.basic_publish("", QUEUE, json.dumps(order), properties)
    #| accept(order)
    # endregion

connection.close()
