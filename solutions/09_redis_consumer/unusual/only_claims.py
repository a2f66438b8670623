# pass
# Never reads its own history: what it had in hand when it died it claims like anybody's, two seconds later.
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
        r.xack(STREAM, GROUP, entry)
        return


while True:
    start = "0-0"
    while True:
        start, claimed, _ = r.xautoclaim(STREAM, GROUP, CONSUMER, 2000, start_id=start, count=2)
        for entry, fields in claimed:
            on_order(entry, fields)
        if start == "0-0":
            break
    for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: ">"}, count=3, block=300):
        for entry, fields in entries:
            on_order(entry, fields)
