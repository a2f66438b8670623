# pass
# What is to wait goes to the end of the stream again with a due time, in one transaction with its XACK; too early, round again.
import json
import os
import time

import redis
from shop import Refused, Unavailable, charge

STREAM, GROUP, CONSUMER = os.environ["STREAM"], os.environ["GROUP"], os.environ["CONSUMER"]
DEAD_LETTERS = os.environ["DEAD_LETTERS"]
PAUSES = (0.1, 0.2, 0.4, 0.8)
r = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


def move(entry, to, fields, **more):
    r.pipeline(transaction=True).xadd(to, {**fields, **more}).xack(STREAM, GROUP, entry).execute()


def on_order(entry, fields):
    if float(fields.get("due", 0)) > time.time():
        time.sleep(0.02)  # else it would turn as fast as Redis can
        move(entry, STREAM, fields)
        return
    attempts = int(fields.get("attempts", 0)) + 1
    try:
        charge(json.loads(fields["body"]))
    except Unavailable as reason:
        if attempts < 5:
            move(entry, STREAM, fields, attempts=attempts, due=time.time() + PAUSES[attempts - 1])
        else:
            move(entry, DEAD_LETTERS, fields, reason=str(reason), attempts=attempts)
    except Refused as reason:
        move(entry, DEAD_LETTERS, fields, reason=str(reason), attempts=attempts)
    else:
        r.xack(STREAM, GROUP, entry)


for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: "0"}):
    for entry, fields in entries:
        on_order(entry, fields)
while True:
    for entry, fields in r.xautoclaim(STREAM, GROUP, CONSUMER, 2000)[1]:
        on_order(entry, fields)
    for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: ">"}, count=5, block=50):
        for entry, fields in entries:
            on_order(entry, fields)
