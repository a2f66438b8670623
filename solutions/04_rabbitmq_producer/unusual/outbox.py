# pass
"""Promises an order once it stands in a file that survives a kill; what stands there is sent until it is confirmed."""

import json
import os
import sqlite3
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pika
from shop import accept, orders

outbox = sqlite3.connect(Path(os.environ["STATE_DIR"], "outbox.db"))
outbox.execute("PRAGMA synchronous = FULL")
outbox.execute("CREATE TABLE IF NOT EXISTS orders (id TEXT PRIMARY KEY, body TEXT)")
outbox.commit()


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
        channel.basic_publish("", "unroutable", body, properties, mandatory=True)


for order in orders():
    outbox.execute("INSERT OR IGNORE INTO orders VALUES (?, ?)", (order["id"], json.dumps(order)))
    outbox.commit()
    accept(order)

while rows := outbox.execute("SELECT id, body FROM orders").fetchall():
    try:
        connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
        channel = connection.channel()
        channel.confirm_delivery()
        channel.queue_declare("unroutable", durable=True)
        for ident, text in rows:
            send(channel, json.loads(text))
            outbox.execute("DELETE FROM orders WHERE id = ?", (ident,))
            outbox.commit()
    except pika.exceptions.AMQPError:
        time.sleep(0.2)
