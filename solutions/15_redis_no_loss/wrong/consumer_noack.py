# fail noack
"""The server is persistent, so the reader need not be: NOACK saves a round trip."""

import json
import os

import redis
from shop import charge

STREAM, GROUP, CONSUMER = os.environ["STREAM"], os.environ["GROUP"], os.environ["CONSUMER"]
r = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)

while True:
    for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: ">"}, count=10, block=200, noack=True):
        for _, fields in entries:
            charge(json.loads(fields["body"]))
