# fail pending-never-reread
"""Charges, then acknowledges, and reads only what is new: what was in hand at a kill stays pending for ever."""

import json
import os

import redis
from shop import charge

STREAM, GROUP, CONSUMER = os.environ["STREAM"], os.environ["GROUP"], os.environ["CONSUMER"]
r = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)

while True:
    for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: ">"}, count=10, block=200):
        for entry, fields in entries:
            charge(json.loads(fields["body"]))
            r.xack(STREAM, GROUP, entry)
