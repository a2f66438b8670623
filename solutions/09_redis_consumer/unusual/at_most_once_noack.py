# pass
# guarantee: at-most-once
# NOACK is at most once in its shortest form; what the peer has pending is acknowledged first.
import json
import os
import time

import redis
from shop import Refused, Unavailable, charge

STREAM, GROUP, CONSUMER = os.environ["STREAM"], os.environ["GROUP"], os.environ["CONSUMER"]

r = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


def on_order(fields):
    order = json.loads(fields["body"])
    for _ in range(5):
        try:
            return charge(order)
        except Unavailable:
            time.sleep(0.1)
        except Refused as error:
            return print(error)


for entry, fields in r.xautoclaim(STREAM, GROUP, CONSUMER, 2000)[1]:
    if r.xack(STREAM, GROUP, entry):
        on_order(fields)
while True:
    for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: ">"}, count=1, block=200, noack=True):
        for _, fields in entries:
            on_order(fields)
