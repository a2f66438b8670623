# pass
# What met a 503 is acknowledged, but only together with its copy to the end of the stream: others need not wait for it.
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
    except Unavailable:
        time.sleep(0.05)
        with r.pipeline(transaction=True) as both:
            both.xadd(STREAM, fields)
            both.xack(STREAM, GROUP, entry)
            both.execute()
        return
    except Refused as error:
        print(error)
    r.xack(STREAM, GROUP, entry)


for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: "0"}):
    for entry, fields in entries:
        on_order(entry, fields)
while True:
    for entry, fields in r.xautoclaim(STREAM, GROUP, CONSUMER, 2000)[1]:
        on_order(entry, fields)
    for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: ">"}, count=10, block=200):
        for entry, fields in entries:
            on_order(entry, fields)
