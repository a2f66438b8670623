# pass
# with: pair/consumer_lists.py
"""No stream: a list, from which the consumer moves each order to a list of what it has in hand (BLMOVE, LREM)."""

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
    r.rpush(f"{STREAM}:list", json.dumps(order))
    if r.waitaof(1, 0, 5000)[0] != 1:
        raise SystemExit(f"order {order['n']} is not on disk")
    accept(order)
