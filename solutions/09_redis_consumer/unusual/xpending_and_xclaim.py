# pass
# XPENDING and XCLAIM by hand, as before Redis 6.2 had XAUTOCLAIM; gives an order up after five deliveries.
import json
import os
import time

import redis
from shop import Refused, Unavailable, charge

STREAM, GROUP, CONSUMER = os.environ["STREAM"], os.environ["GROUP"], os.environ["CONSUMER"]

r = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


def on_order(entry, fields):
    try:
        charge(json.loads(fields["body"]))
    except Unavailable as error:
        print(error)  # stays pending: taken up again below
    except Refused as error:
        print(error)
        r.xack(STREAM, GROUP, entry)
    else:
        r.xack(STREAM, GROUP, entry)


for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: "0"}):
    for entry, fields in entries:
        on_order(entry, fields)
while True:
    for p in r.xpending_range(STREAM, GROUP, "-", "+", 50, idle=2000):
        if p["times_delivered"] >= 5:
            r.xack(STREAM, GROUP, p["message_id"])
            continue
        for entry, fields in r.xclaim(STREAM, GROUP, CONSUMER, 2000, [p["message_id"]]):
            on_order(entry, fields)
    for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: ">"}, count=4, block=200):
        for entry, fields in entries:
            on_order(entry, fields)
