# pass
# guarantee: effectively-once
# Claims without waiting, even from the living: with a key, whoever comes second hears "replayed".
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
            charge(order, key=order["id"])
        except Unavailable:
            time.sleep(0.1)
            continue
        except Refused as error:
            print(error)
        r.xack(STREAM, GROUP, entry)
        return


while True:
    for entry, fields in r.xautoclaim(STREAM, GROUP, CONSUMER, 0)[1]:
        on_order(entry, fields)
    for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: ">"}, count=10, block=200):
        for entry, fields in entries:
            on_order(entry, fields)
