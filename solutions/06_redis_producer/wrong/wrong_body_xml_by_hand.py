# fail wrong-body
"""XML glued together: it holds until the first customer with an "&"."""

import json
import os
import time

import redis
from shop import accept, orders

r = redis.Redis.from_url(os.environ["REDIS_URL"])


def to_xml(order):
    fields = "".join(f"<{name}>{value}</{name}>" for name, value in order.items())
    return f"<order>{fields}</order>"


for order in orders():
    fields = {
        "type": "order.placed",
        "content_type": f"application/{order['format']}",
        "order_id": order["id"],
        "schema_version": 1,
        "time": int(time.time()),
        "body": json.dumps(order) if order["format"] == "json" else to_xml(order),
    }
    r.xadd(os.environ["STREAM"], fields)
    if r.publish(os.environ["CHANNEL"], order["id"]) == 0:
        r.rpush(os.environ["MISSED"], order["id"])
    accept(order)
