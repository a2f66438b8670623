# pass
"""Three threads, each a consumer of its own in the group; what a process before them had in hand is claimed by all of them."""

import json
import os
import threading

import redis
from shop import Refused, Unavailable, charge

STREAM, GROUP, CONSUMER = os.environ["STREAM"], os.environ["GROUP"], os.environ["CONSUMER"]
DEAD_LETTERS = os.environ["DEAD_LETTERS"]
PAUSES_MS = (100, 200, 400, 800)


def on_order(r, entry, fields, attempts):
    order = json.loads(fields["body"])
    try:
        charge(order, key=order["id"])
    except (Unavailable, Refused) as reason:
        if isinstance(reason, Refused) or attempts >= 5:
            letter = {**fields, "reason": str(reason), "attempts": attempts}
            r.pipeline(transaction=True).xadd(DEAD_LETTERS, letter).xack(STREAM, GROUP, entry).execute()
    else:
        r.xack(STREAM, GROUP, entry)


def work(name):
    r = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
    while True:
        for each in r.xpending_range(STREAM, GROUP, "-", "+", 20):
            tries = each["times_delivered"]
            pause = PAUSES_MS[min(tries, 4) - 1] if each["consumer"] == name else 3000
            if each["time_since_delivered"] >= pause:
                for entry, fields in r.xclaim(STREAM, GROUP, name, pause, [each["message_id"]]):
                    on_order(r, entry, fields, tries + 1)
        for _, entries in r.xreadgroup(GROUP, name, {STREAM: ">"}, count=3, block=50):
            for entry, fields in entries:
                on_order(r, entry, fields, 1)


threads = [threading.Thread(target=work, args=(f"{CONSUMER}-{n}",)) for n in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
