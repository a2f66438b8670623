# fail pending-thrown-away
# Takes "delivered more than once" for "done".
import json
import os
import time

import redis
from shop import Refused, Unavailable, charge

STREAM, GROUP, CONSUMER = os.environ["STREAM"], os.environ["GROUP"], os.environ["CONSUMER"]
r = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


def on_order(entry, fields):
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
    r.xack(STREAM, GROUP, entry)


def take_over(entries):
    for entry, fields in entries:
        [info] = r.xpending_range(STREAM, GROUP, entry, entry, 1)
        if info["times_delivered"] > 1:
            r.xack(STREAM, GROUP, entry)  # a duplicate
        else:
            on_order(entry, fields)


for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: "0"}):
    take_over(entries)
while True:
    take_over(r.xautoclaim(STREAM, GROUP, CONSUMER, 2000)[1])
    for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: ">"}, count=10, block=200):
        for entry, fields in entries:
            on_order(entry, fields)
