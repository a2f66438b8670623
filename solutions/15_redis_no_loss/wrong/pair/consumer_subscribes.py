"""The other half of producer_publishes.py."""

import json
import os

import redis
from shop import charge

r = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
channel = r.pubsub(ignore_subscribe_messages=True)
channel.subscribe(f"{os.environ['STREAM']}:orders")
for message in channel.listen():
    charge(json.loads(message["data"]))
