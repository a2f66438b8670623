# pass
# As one does it on Kafka: a stream for each pause, read by a group of its own; an entry's id says when it was added.
import json
import os
import time

import redis
from shop import Refused, Unavailable, charge

STREAM, GROUP, CONSUMER = os.environ["STREAM"], os.environ["GROUP"], os.environ["CONSUMER"]
DEAD_LETTERS = os.environ["DEAD_LETTERS"]
RETRIES = {f"{STREAM}:retry-{pause}": pause for pause in (100, 200, 400, 800)}
r = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


def move(entry, stream, to, fields):
    """Written there, then acknowledged here: killed in between it is there twice."""
    r.xadd(to, fields)
    r.xack(stream, GROUP, entry) if stream == STREAM else r.xdel(stream, entry)


def on_order(stream, entry, fields):
    attempts = int(fields.get("attempts", 0)) + 1
    try:
        charge(json.loads(fields["body"]))
    except Unavailable as reason:
        if attempts < 5:
            move(entry, stream, list(RETRIES)[attempts - 1], {**fields, "attempts": attempts})
        else:
            move(entry, stream, DEAD_LETTERS, {**fields, "reason": str(reason), "attempts": attempts})
    except Refused as reason:
        move(entry, stream, DEAD_LETTERS, {**fields, "reason": str(reason), "attempts": attempts})
    else:
        r.xack(stream, GROUP, entry) if stream == STREAM else r.xdel(stream, entry)


for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: "0"}):
    for entry, fields in entries:
        on_order(STREAM, entry, fields)
while True:
    for stream, pause in RETRIES.items():
        for entry, fields in r.xrange(stream, "-", int(time.time() * 1000) - pause, count=10):
            if r.set(f"{stream}:{entry}", CONSUMER, nx=True, px=2000):  # one of us at a time
                on_order(stream, entry, fields)
    for entry, fields in r.xautoclaim(STREAM, GROUP, CONSUMER, 2000)[1]:
        on_order(STREAM, entry, fields)
    for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: ">"}, count=10, block=50):
        for entry, fields in entries:
            on_order(STREAM, entry, fields)
