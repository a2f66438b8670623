# pass
"""What is to be tried again waits in a sorted set under its due time: put there and acknowledged in one MULTI/EXEC, and taken
out again in one with the entry that brings it back. Several orders are acknowledged at once."""

import json
import os
import time

import redis
from shop import Refused, Unavailable, charge

STREAM, GROUP, CONSUMER = os.environ["STREAM"], os.environ["GROUP"], os.environ["CONSUMER"]
DEAD_LETTERS, DELAYED = os.environ["DEAD_LETTERS"], os.environ["STREAM"] + ":delayed"
r = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


def on_orders(entries):
    done = []
    for entry, fields in entries:
        order, attempts = json.loads(fields["body"]), int(fields.get("attempts", 0)) + 1
        both = r.pipeline(transaction=True)
        try:
            charge(order, key=order["id"])
            done.append(entry)
            continue
        except Unavailable as reason:
            if attempts < 5:
                both.zadd(DELAYED, {json.dumps({**fields, "attempts": attempts}): time.time() + 0.05 * 2 ** attempts})
            else:
                both.xadd(DEAD_LETTERS, {**fields, "reason": str(reason), "attempts": attempts})
        except Refused as reason:
            both.xadd(DEAD_LETTERS, {**fields, "reason": str(reason), "attempts": attempts})
        both.xack(STREAM, GROUP, entry).execute()
    if done:
        r.xack(STREAM, GROUP, *done)


for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: "0"}):
    on_orders(entries)
while True:
    for waiting in r.zrange(DELAYED, "-inf", time.time(), byscore=True):
        r.pipeline(transaction=True).xadd(STREAM, json.loads(waiting)).zrem(DELAYED, waiting).execute()
    for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: ">"}, count=5, block=50):
        on_orders(entries)
