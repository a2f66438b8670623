# fail no-delivery-cap
import json
import os

import redis
from shop import Refused, Unavailable, charge

STREAM, GROUP, CONSUMER = os.environ["STREAM"], os.environ["GROUP"], os.environ["CONSUMER"]
DEAD_LETTERS = os.environ["DEAD_LETTERS"]
PAUSES_MS = (100, 200, 400, 800)

r = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


def give_up(entry, fields, reason, attempts):
    letter = {**fields, "reason": str(reason), "attempts": attempts}
    r.pipeline(transaction=True).xadd(DEAD_LETTERS, letter).xack(STREAM, GROUP, entry).execute()


def on_order(entry, fields, attempts):
    try:
        charge(json.loads(fields["body"]))
    except (Unavailable, Refused) as reason:
        print(reason)
    else:
        r.xack(STREAM, GROUP, entry)


def try_again():
    _, entries, _ = r.xautoclaim(STREAM, GROUP, CONSUMER, 100, count=10)
    for entry, fields in entries:
        on_order(entry, fields, 2)


while True:
    try_again()
    for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: ">"}, count=10, block=50):
        for entry, fields in entries:
            on_order(entry, fields, 1)
