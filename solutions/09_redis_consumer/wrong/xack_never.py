# fail xack-never
import json
import os
import time

import redis
from shop import Refused, Unavailable, charge

STREAM, GROUP, CONSUMER = os.environ["STREAM"], os.environ["GROUP"], os.environ["CONSUMER"]
r = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


def on_order(fields):
    order = json.loads(fields["body"])
    while True:
        try:
            return charge(order)
        except Unavailable:
            time.sleep(0.1)
        except Refused as error:
            return print(error)


for entry, fields in r.xautoclaim(STREAM, GROUP, CONSUMER, 2000)[1]:
    on_order(fields)
for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: "0"}):
    for entry, fields in entries:
        on_order(fields)
while True:
    for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: ">"}, count=10, block=200):
        for entry, fields in entries:
            on_order(fields)
