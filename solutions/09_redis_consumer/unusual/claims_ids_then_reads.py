# pass
# Claims ids only (JUSTID), and reads each entry itself with XRANGE when it is about to work on it.
import json
import os
import time

import redis
from shop import Refused, Unavailable, charge

STREAM, GROUP, CONSUMER = os.environ["STREAM"], os.environ["GROUP"], os.environ["CONSUMER"]

r = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


def on_order(entry):
    found = r.xrange(STREAM, entry, entry)
    order = json.loads(found[0][1]["body"])
    while True:
        try:
            charge(order)
        except Unavailable:
            time.sleep(0.1)
            continue
        except Refused as error:
            print(error)
        r.xack(STREAM, GROUP, entry)
        return


for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: "0"}):
    for entry, _ in entries:
        on_order(entry)
while True:
    for entry in r.xautoclaim(STREAM, GROUP, CONSUMER, 2000, justid=True):
        on_order(entry)
    for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: ">"}, count=10, block=200):
        for entry, _ in entries:
            on_order(entry)
