# pass
"""Four orders in one pipeline, and one WAITAOF behind them: on disk with the last, they are all on disk."""

import json
import os

import redis
from shop import accept, orders

STREAM = os.environ["STREAM"]
r = redis.Redis.from_url(os.environ["REDIS_URL"])
r.config_set("appendonly", "yes")
r.config_rewrite()

waiting = list(orders())
while waiting:
    batch, waiting = waiting[:4], waiting[4:]
    pipe = r.pipeline(transaction=False)
    for order in batch:
        pipe.xadd(STREAM, {"order_id": order["id"], "body": json.dumps(order)})
    pipe.waitaof(1, 0, 5000)
    if pipe.execute()[-1][0] != 1:
        raise SystemExit("the batch is not on disk")
    for order in batch:
        accept(order)
