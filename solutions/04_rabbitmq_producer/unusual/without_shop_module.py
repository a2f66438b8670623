# pass
"""Speaks HTTP to the shop itself, and does without the properties that pika has names for: headers hold the id, too."""

import json
import os
import time
import urllib.request
from xml.sax.saxutils import escape

import pika

SHOP = os.environ["SHOP_URL"]
connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.confirm_delivery()

with urllib.request.urlopen(f"{SHOP}/orders") as answer:
    lines = answer.read().splitlines()

for line in lines:
    order = json.loads(line)
    body = line
    if order["format"] == "xml":
        body = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in order.items())
        body = f"<?xml version='1.0' encoding='utf-8'?><order>{body}</order>".encode()
    properties = pika.BasicProperties(
        headers={"order": order["id"], "schema_version": "1"},
        content_type="application/" + order["format"], message_id=order["id"], type="order.placed",
        timestamp=int(time.time()), delivery_mode=2,
    )
    try:
        channel.basic_publish(os.environ["EXCHANGE"], "order." + order["region"], body, properties, mandatory=True)
    except pika.exceptions.UnroutableError as error:
        print(error)
        continue
    urllib.request.urlopen(urllib.request.Request(f"{SHOP}/accepted", line)).close()
