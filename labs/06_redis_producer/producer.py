"""Add every order of the shop to a stream and ring the bell; accept an order only when Redis has answered."""

import json
import os
import time
import xml.etree.ElementTree as ElementTree

import redis
from shop import accept, orders

r = redis.Redis.from_url(os.environ["REDIS_URL"])


def to_xml(order):
    root = ElementTree.Element("order")
    for name, value in order.items():
        ElementTree.SubElement(root, name).text = str(value)
    return ElementTree.tostring(root, encoding="utf-8")


for order in orders():
    fields = {"body": json.dumps(order)}
    accept(order)
    r.xadd(os.environ["STREAM"], fields, maxlen=10, approximate=False)
    r.publish(os.environ["CHANNEL"], order["id"])
