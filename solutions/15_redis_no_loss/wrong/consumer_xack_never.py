# fail xack-never
"""Remembers in its own memory what is done, and leaves Redis's list of pending entries alone."""

import json
import os

import redis
from shop import charge

STREAM, GROUP, CONSUMER = os.environ["STREAM"], os.environ["GROUP"], os.environ["CONSUMER"]
r = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)

for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: "0"}):
    for _, fields in entries:
        charge(json.loads(fields["body"]))
while True:
    for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: ">"}, count=10, block=200):
        for _, fields in entries:
            charge(json.loads(fields["body"]))
