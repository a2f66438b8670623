# fail no-delivery-cap
# Reads its own pending entries again after each round, the refused one among them, again and again.
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
    except (Unavailable, Refused) as error:
        print(error)
        time.sleep(0.05)
    else:
        r.xack(STREAM, GROUP, entry)


while True:
    for entry, fields in r.xautoclaim(STREAM, GROUP, CONSUMER, 2000)[1]:
        on_order(entry, fields)
    for start in ("0", ">"):
        for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: start}, count=10, block=200):
            for entry, fields in entries:
                on_order(entry, fields)
