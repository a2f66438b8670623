# fail not-persistent
"""Snapshots every minute, if a thousand keys have changed: for a cache that is plenty."""

import json
import os

import redis
from shop import accept, orders

STREAM = os.environ["STREAM"]
r = redis.Redis.from_url(os.environ["REDIS_URL"])
r.config_set("save", "60 1000")
r.config_rewrite()

for order in orders():
    r.xadd(STREAM, {"order_id": order["id"], "body": json.dumps(order)})
    accept(order)
