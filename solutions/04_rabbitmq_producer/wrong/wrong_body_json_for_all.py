# fail wrong-body
"""JSON whatever was asked for."""

import json
import os
import time

import pika
from shop import accept, orders

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.confirm_delivery()


for order in orders():
    body = json.dumps(order).encode()
    properties = pika.BasicProperties(
        content_type=f"application/{order['format']}",
        message_id=order["id"],
        type="order.placed",
        timestamp=int(time.time()),
        headers={"schema_version": 1},
        delivery_mode=pika.DeliveryMode.Persistent.value,
    )
    key = f"order.{order['region']}"
    try:
        channel.basic_publish(os.environ["EXCHANGE"], key, body, properties, mandatory=True)
    except pika.exceptions.UnroutableError:
        print(f"order {order['n']}: no queue takes {key}")
    else:
        accept(order)

connection.close()
