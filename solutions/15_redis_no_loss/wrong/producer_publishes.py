# fail channel-keeps-nothing
# or: pubsub-as-queue
# with: pair/consumer_subscribes.py
"""PUBLISH and SUBSCRIBE for work: who is not there, or dies, gets nothing. Which orders, the processes decide."""

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
    r.publish(f"{STREAM}:orders", json.dumps(order))
    accept(order)
