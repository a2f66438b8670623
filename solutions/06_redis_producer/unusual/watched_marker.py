# pass
# guarantee: effectively-once
"""The mark and XADD in one MULTI, under WATCH: optimistic, and without a script."""

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
    fields = {
        "type": "order.placed",
        "content_type": f"application/{order['format']}",
        "order_id": order["id"],
        "schema_version": 1,
        "time": int(time.time()),
        "body": json.dumps(order) if order["format"] == "json" else to_xml(order),
    }
    mark = f"sent:{order['id']}"
    with r.pipeline(transaction=True) as pipe:
        pipe.watch(mark)
        if not pipe.exists(mark):
            pipe.multi()
            pipe.set(mark, 1, ex=86400)
            pipe.xadd(os.environ["STREAM"], fields)
            pipe.execute()
    if r.publish(os.environ["CHANNEL"], order["id"]) == 0:
        r.rpush(os.environ["MISSED"], order["id"])
    accept(order)
