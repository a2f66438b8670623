# fail not-persistent
"""Sets everything, waits for the disk, and forgets the file: the next start knows nothing of it."""

import json
import os

import redis
from shop import accept, orders

STREAM = os.environ["STREAM"]
r = redis.Redis.from_url(os.environ["REDIS_URL"])
r.config_set("appendonly", "yes")
r.config_set("appendfsync", "always")

for order in orders():
    r.xadd(STREAM, {"order_id": order["id"], "body": json.dumps(order)})
    r.waitaof(1, 0, 5000)
    accept(order)
