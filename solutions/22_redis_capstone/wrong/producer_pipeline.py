# fail accept-before-confirm
"""Collects the orders in a pipeline and promises them; they are sent when it is executed."""

import json
import os

import redis
from shop import accept, orders

STREAM = os.environ["STREAM"]
r = redis.Redis.from_url(os.environ["REDIS_URL"])
r.config_set("appendonly", "yes")
r.config_set("appendfsync", "always")
r.config_rewrite()

pipeline = r.pipeline()
for order in orders():
    pipeline.xadd(STREAM, {"order_id": order["id"], "body": json.dumps(order)})
    accept(order)
pipeline.execute()
r.waitaof(1, 0, 5000)
