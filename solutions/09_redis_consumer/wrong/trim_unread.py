# fail trim-unread
# Takes a batch out of the stream when it has read it, as from a list. Pending entries without a message are left.
import json
import os
import time

import redis
from shop import Refused, Unavailable, charge

STREAM, GROUP, CONSUMER = os.environ["STREAM"], os.environ["GROUP"], os.environ["CONSUMER"]
r = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


def work_off(entries):
    entries = [(entry, fields) for entry, fields in entries if fields]
    if entries:
        r.xdel(STREAM, *(entry for entry, _ in entries))
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
        r.xack(STREAM, GROUP, entry)


for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: "0"}):
    work_off(entries)
while True:
    work_off(r.xautoclaim(STREAM, GROUP, CONSUMER, 2000)[1])
    for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: ">"}, count=10, block=200):
        work_off(entries)
