# pass
"""No confirms: an AMQP transaction for each order. What tx.commit-ok answers for is as safe as what is confirmed."""

import json
import os

import pika
from shop import accept, orders

QUEUE = os.environ["QUEUE"]
connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.queue_declare(QUEUE, durable=True)
channel.tx_select()
properties = pika.BasicProperties(delivery_mode=2)

for order in orders():
    channel.basic_publish("", QUEUE, json.dumps(order), properties, mandatory=True)
    channel.tx_commit()
    accept(order)

connection.close()
