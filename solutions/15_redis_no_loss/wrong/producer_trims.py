# fail trimmed-unread
"""Keeps the stream short: two entries, exactly. Who reads more slowly than that has had bad luck."""

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
    r.xadd(STREAM, {"order_id": order["id"], "body": json.dumps(order)}, maxlen=2, approximate=False)
    r.waitaof(1, 0, 5000)
    accept(order)
