# pass
"""No append-only file: a snapshot before each promise. Redis reads dump.rdb when it starts, whatever `save` says."""

import json
import os

import redis
from shop import accept, orders

STREAM = os.environ["STREAM"]
r = redis.Redis.from_url(os.environ["REDIS_URL"])

for order in orders():
    r.xadd(STREAM, {"order_id": order["id"], "body": json.dumps(order)})
    r.save()
    accept(order)
