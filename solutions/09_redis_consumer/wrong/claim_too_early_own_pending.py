# fail claim-too-early
# One loop for all that is pending, whether claimed or read. The threads are still at work on it when it comes round again.
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor

import redis
from shop import Refused, Unavailable, charge

STREAM, GROUP, CONSUMER = os.environ["STREAM"], os.environ["GROUP"], os.environ["CONSUMER"]
r = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
pool = ThreadPoolExecutor(3)


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
        r.xack(STREAM, GROUP, entry)
        return


while True:
    r.xautoclaim(STREAM, GROUP, CONSUMER, 2000)
    r.xreadgroup(GROUP, CONSUMER, {STREAM: ">"}, count=5, block=100)
    # What was claimed or read is pending with us now: one loop for all of it.
    for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: "0"}):
        for entry, fields in entries:
            pool.submit(on_order, entry, fields)
