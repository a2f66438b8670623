# pass
# The sorted set holds only entries' ids: acknowledged, they still stand in the stream, and are read again by XRANGE when due.
import json
import os
import time

import redis
from shop import Refused, Unavailable, charge

STREAM, GROUP, CONSUMER = os.environ["STREAM"], os.environ["GROUP"], os.environ["CONSUMER"]
DEAD_LETTERS, DUE, TRIED = os.environ["DEAD_LETTERS"], os.environ["STREAM"] + ":due", os.environ["STREAM"] + ":tried"
PAUSES = (0.1, 0.2, 0.4, 0.8)
r = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


def on_order(entry, fields):
    attempts = r.hincrby(TRIED, entry, 1)
    at_once = r.pipeline(transaction=True)
    try:
        charge(json.loads(fields["body"]))
        at_once.zrem(DUE, entry)
    except Unavailable as reason:
        if attempts < 5:
            at_once.zadd(DUE, {entry: time.time() + PAUSES[attempts - 1]})
        else:
            at_once.xadd(DEAD_LETTERS, {**fields, "reason": str(reason), "attempts": attempts}).zrem(DUE, entry)
    except Refused as reason:
        at_once.xadd(DEAD_LETTERS, {**fields, "reason": str(reason), "attempts": attempts}).zrem(DUE, entry)
    at_once.xack(STREAM, GROUP, entry).execute()


for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: "0"}):
    for entry, fields in entries:
        on_order(entry, fields)
while True:
    for entry in r.zrange(DUE, "-inf", time.time(), byscore=True):
        if r.zadd(DUE, {entry: time.time() + 3}, xx=True, gt=True, ch=True):  # ours for a while, should others look as well
            for found, fields in r.xrange(STREAM, entry, entry):
                on_order(found, fields)
    for entry, fields in r.xautoclaim(STREAM, GROUP, CONSUMER, 2000)[1]:
        on_order(entry, fields)
    for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: ">"}, count=10, block=50):
        for entry, fields in entries:
            on_order(entry, fields)
