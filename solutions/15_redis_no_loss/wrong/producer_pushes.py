# fail list-pop-loses
# with: pair/consumer_pops.py
"""A list, and everything on disk. The consumer pops an order, and from then on it stands nowhere but in its process."""

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
    r.waitaof(1, 0, 5000)
    accept(order)
