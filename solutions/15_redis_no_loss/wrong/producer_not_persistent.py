# fail not-persistent
"""XADD has answered: what else could there be to wait for?"""

import json
import os

import redis
from shop import accept, orders

STREAM = os.environ["STREAM"]
r = redis.Redis.from_url(os.environ["REDIS_URL"])

for order in orders():
    r.xadd(STREAM, {"order_id": order["id"], "body": json.dumps(order)})
    accept(order)
