# pass
# Acknowledges a batch in one pipeline, when all of it is done. A kill before that costs a batch charged twice.
import json
import os
import time

import redis
from shop import Refused, Unavailable, charge

STREAM, GROUP, CONSUMER = os.environ["STREAM"], os.environ["GROUP"], os.environ["CONSUMER"]

r = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


def work_off(entries):
    with r.pipeline(transaction=False) as acks:
        for entry, fields in entries:
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
            acks.xack(STREAM, GROUP, entry)
        acks.execute()


for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: "0"}):
    work_off(entries)
while True:
    work_off(r.xautoclaim(STREAM, GROUP, CONSUMER, 2000)[1])
    for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: ">"}, count=5, block=200):
        work_off(entries)
