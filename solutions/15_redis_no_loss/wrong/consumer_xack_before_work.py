# fail xack-before-work
"""Acknowledges at once, so that nothing is charged twice."""

import json
import os

import redis
from shop import charge

STREAM, GROUP, CONSUMER = os.environ["STREAM"], os.environ["GROUP"], os.environ["CONSUMER"]
r = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


def work_off(entries):
    for entry, fields in entries:
        r.xack(STREAM, GROUP, entry)
        charge(json.loads(fields["body"]))


for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: "0"}):
    work_off(entries)
while True:
    for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: ">"}, count=10, block=200):
        work_off(entries)
