# fail other-group
# A group of its own, from the start: everything comes, and in the shop's group all is still to be done.
import json
import os
import time

import redis
from shop import Refused, Unavailable, charge

STREAM, GROUP, CONSUMER = os.environ["STREAM"], "charging", os.environ["CONSUMER"]
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


try:
    r.xgroup_create(STREAM, GROUP, id="0")
except redis.ResponseError as error:
    print(error)  # it is there already
for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: "0"}):
    for entry, fields in entries:
        on_order(entry, fields)
while True:
    for entry, fields in r.xautoclaim(STREAM, GROUP, CONSUMER, 2000)[1]:
        on_order(entry, fields)
    for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: ">"}, count=10, block=200):
        for entry, fields in entries:
            on_order(entry, fields)
