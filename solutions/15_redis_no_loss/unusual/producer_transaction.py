# pass
"""All orders in one MULTI/EXEC; one wait for the disk, then all promises."""

import json
import os

import redis
from shop import accept, orders

STREAM = os.environ["STREAM"]
r = redis.Redis.from_url(os.environ["REDIS_URL"])
r.config_set("appendonly", "yes")
r.config_set("appendfsync", "always")
r.config_rewrite()

open_orders = list(orders())
with r.pipeline(transaction=True) as together:
    for order in open_orders:
        together.xadd(STREAM, {"order_id": order["id"], "body": json.dumps(order)})
    together.execute()
if open_orders and r.waitaof(1, 0, 5000)[0] != 1:
    raise SystemExit("not on disk")
for order in open_orders:
    accept(order)
