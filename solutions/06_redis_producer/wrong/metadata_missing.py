# fail metadata-missing
"""The order as fields, and nothing about it."""

import json
import os
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
    fields = {"body": json.dumps(order) if order["format"] == "json" else to_xml(order), "order_id": order["id"]}
    r.xadd(os.environ["STREAM"], fields)
    if r.publish(os.environ["CHANNEL"], order["id"]) == 0:
        r.rpush(os.environ["MISSED"], order["id"])
    accept(order)
