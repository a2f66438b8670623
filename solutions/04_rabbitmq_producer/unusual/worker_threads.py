# pass
"""Three threads, each with a connection of its own; the first error ends the program, and it is started again."""

import json
import os
import queue
import threading
import time
import xml.etree.ElementTree as ElementTree

import pika
from shop import accept, orders

work = queue.SimpleQueue()
for order in orders():
    work.put(order)
broken = []


def to_xml(order):
    root = ElementTree.Element("order")
    for name, value in order.items():
        ElementTree.SubElement(root, name).text = str(value)
    return ElementTree.tostring(root, encoding="utf-8")


def send(channel, order):
    body = json.dumps(order).encode() if order["format"] == "json" else to_xml(order)
    properties = pika.BasicProperties(
        content_type=f"application/{order['format']}",
        message_id=order["id"],
        type="order.placed",
        timestamp=int(time.time()),
        headers={"schema_version": 1},
        delivery_mode=2,
    )
    try:
        channel.basic_publish(os.environ["EXCHANGE"], f"order.{order['region']}", body, properties, mandatory=True)
    except pika.exceptions.UnroutableError:
        print(f"order {order['n']}: no queue takes it")
    else:
        accept(order)


def run():
    try:
        connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
        channel = connection.channel()
        channel.confirm_delivery()
        while True:
            try:
                order = work.get_nowait()
            except queue.Empty:
                break
            send(channel, order)
        connection.close()
    except Exception as error:
        broken.append(error)


threads = [threading.Thread(target=run) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
if broken:
    raise broken[0]
