"""A list worker with BLPOP: what it pops is nowhere else. It writes a line for each order that it has packed."""

import json
import os
import time

import redis

r = redis.Redis.from_url(os.environ["REDIS_URL"], socket_timeout=None)
packed = open(os.environ["PACKED"], "a")
while True:
    _, body = r.blpop("orders")
    time.sleep(0.02)  # packing
    packed.write(json.loads(body)["order_id"] + "\n")
    packed.flush()
