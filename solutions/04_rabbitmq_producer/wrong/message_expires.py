# fail message-expires
# A time to live, so that the queue does not grow. What is not fetched within it is dropped without a word.
import json
import os
import time
import xml.etree.ElementTree as ElementTree

import pika
from shop import accept, orders

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.confirm_delivery()


def to_xml(order):
    root = ElementTree.Element("order")
    for name, value in order.items():
        ElementTree.SubElement(root, name).text = str(value)
    return ElementTree.tostring(root, encoding="utf-8")


for order in orders():
    body = json.dumps(order).encode() if order["format"] == "json" else to_xml(order)
    properties = pika.BasicProperties(
        content_type=f"application/{order['format']}",
        message_id=order["id"],
        type="order.placed",
        expiration="1",  # milliseconds; ten minutes are lost as well, on a bad day
        timestamp=int(time.time()),
        headers={"schema_version": 1},
        delivery_mode=pika.DeliveryMode.Persistent.value,
    )
    key = f"order.{order['region']}"
    try:
        # Waits for the confirm. Where none comes the connection is broken, and the program ends with the error: it is
        # started again, and orders() yields this one once more. It may be in the queue twice then, but never nowhere.
        channel.basic_publish(os.environ["EXCHANGE"], key, body, properties, mandatory=True)
    except pika.exceptions.UnroutableError:
        # No queue is bound to its key. Trying again would not help, and accepting it would be a lie: somebody has to look.
        print(f"order {order['n']}: no queue takes {key}")
    else:
        accept(order)

connection.close()
