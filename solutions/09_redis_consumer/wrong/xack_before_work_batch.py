# fail xack-before-work
# Acknowledges a batch in one go because that is fast, then works through it.
import json
import os
import time

import redis
from shop import Refused, Unavailable, charge

STREAM, GROUP, CONSUMER = os.environ["STREAM"], os.environ["GROUP"], os.environ["CONSUMER"]
r = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


def work_off(entries):
    if not entries:
        return
    r.xack(STREAM, GROUP, *(entry for entry, _ in entries))
    for _, fields in entries:
        order = json.loads(fields["body"])
        while True:
            try:
                charge(order)
            except Unavailable:
                time.sleep(0.1)
                continue
            except Refused as error:
                print(error)
            break


for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: "0"}):
    work_off(entries)
while True:
    work_off(r.xautoclaim(STREAM, GROUP, CONSUMER, 2000)[1])
    for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: ">"}, count=10, block=200):
        work_off(entries)
