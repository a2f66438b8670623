"""A reliable list worker: an order stands in a list of its own until its row is committed.

What an earlier life has left in that list goes back at the start, and whenever there is nothing else to do.
"""

import json
import os
import sqlite3
import time

import redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry

r = redis.Redis.from_url(os.environ["REDIS_URL"], socket_timeout=None, retry=Retry(ConstantBackoff(0.2), 50))
packed = sqlite3.connect(os.environ["PACKED"], isolation_level=None)
packed.execute("CREATE TABLE IF NOT EXISTS packed (order_id TEXT NOT NULL)")
body = None
while True:
    if body is None:
        while r.lmove("orders:packing", "orders", "RIGHT", "LEFT"):
            pass
    body = r.blmove("orders", "orders:packing", 1.0, "LEFT", "RIGHT")
    if body is not None:
        time.sleep(0.02)  # packing
        packed.execute("INSERT INTO packed VALUES (?)", [json.loads(body)["order_id"]])
        r.lrem("orders:packing", 1, body)
