# pass client-retry-doubles
"""The client connects and sends again by itself: nothing is lost, and a lost reply makes a second entry."""

import json
import os
from urllib.parse import urlsplit

import redis
from shop import accept, orders

STREAM, url = os.environ["STREAM"], urlsplit(os.environ["REDIS_URL"])
r = redis.Redis(host=url.hostname, port=url.port)
r.config_set("appendonly", "yes")
r.config_set("appendfsync", "always")
r.config_rewrite()
while r.info("persistence")["aof_rewrite_in_progress"]:
    pass  # a tenth of a second

for order in orders():
    r.xadd(STREAM, {"order_id": order["id"], "body": json.dumps(order)})
    accept(order)
