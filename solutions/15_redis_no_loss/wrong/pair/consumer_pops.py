"""The other half of producer_pushes.py."""

import json
import os

import redis
from shop import charge

r = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
while True:
    if popped := r.blpop([f"{os.environ['STREAM']}:list"], timeout=1):
        charge(json.loads(popped[1]))
