# fail accept-before-confirm
"""The customer is waiting: the promise first, the entry right after."""

import json
import os

import redis
from shop import accept, orders

STREAM = os.environ["STREAM"]
r = redis.Redis.from_url(os.environ["REDIS_URL"])
r.config_set("appendonly", "yes")
r.config_set("appendfsync", "always")
r.config_rewrite()

for order in orders():
    accept(order)
    r.xadd(STREAM, {"order_id": order["id"], "body": json.dumps(order)})
    r.waitaof(1, 0, 5000)
