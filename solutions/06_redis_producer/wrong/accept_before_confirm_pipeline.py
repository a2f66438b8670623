# fail accept-before-confirm
"""A pipeline that is executed for every five orders: until then it stands in this process."""

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


pipe = r.pipeline(transaction=False)


def flush():
    answers = pipe.execute()
    for order, heard in zip(waiting, answers[1::2]):
        if heard == 0:
            r.rpush(os.environ["MISSED"], order["id"])
    waiting.clear()


waiting = []
for order in orders():
    fields = {
        "type": "order.placed",
        "content_type": f"application/{order['format']}",
        "order_id": order["id"],
        "schema_version": 1,
        "time": int(time.time()),
        "body": json.dumps(order) if order["format"] == "json" else to_xml(order),
    }
    pipe.xadd(os.environ["STREAM"], fields)
    pipe.publish(os.environ["CHANNEL"], order["id"])
    waiting.append(order)
    accept(order)
    if len(waiting) == 5:
        flush()

flush()
