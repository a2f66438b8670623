"""The other half of producer_lists.py."""

import json
import os

import redis
from shop import charge

r = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
waiting, in_hand = f"{os.environ['STREAM']}:list", f"{os.environ['STREAM']}:{os.environ['CONSUMER']}"


def work_off(order):
    charge(json.loads(order))
    r.lrem(in_hand, 1, order)


for left_behind in r.lrange(in_hand, 0, -1):
    work_off(left_behind)
while True:
    if order := r.blmove(waiting, in_hand, timeout=1):
        work_off(order)
