# pass
# Shows that it is alive: a thread sets the idle time of what is in hand back to 0 (XCLAIM of one's own, JUSTID).
import json
import os
import threading
import time

import redis
from shop import Refused, Unavailable, charge

STREAM, GROUP, CONSUMER = os.environ["STREAM"], os.environ["GROUP"], os.environ["CONSUMER"]
r = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
in_hand = set()


def keep_alive():
    while True:
        time.sleep(0.1)
        if in_hand:
            r.xclaim(STREAM, GROUP, CONSUMER, 0, list(in_hand), justid=True)


threading.Thread(target=keep_alive, daemon=True).start()


def on_order(entry, fields):
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
    in_hand.discard(entry)


for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: "0"}):
    for entry, fields in entries:
        on_order(entry, fields)
while True:
    for entry, fields in r.xautoclaim(STREAM, GROUP, CONSUMER, 1000)[1]:
        on_order(entry, fields)
    for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: ">"}, count=10, block=200):
        in_hand.update(entry for entry, _ in entries)
        for entry, fields in entries:
            on_order(entry, fields)
