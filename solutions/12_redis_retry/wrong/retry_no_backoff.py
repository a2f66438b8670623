# fail retry-no-backoff
# Claims what has just failed at once.
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
    except Unavailable as reason:
        if attempts >= 5:
            give_up(entry, fields, reason, attempts)
    except Refused as reason:
        give_up(entry, fields, reason, attempts)
    else:
        r.xack(STREAM, GROUP, entry)


def try_again():
    for each in r.xpending_range(STREAM, GROUP, "-", "+", 100):
        idle = 0 if each["consumer"] == CONSUMER else 2000
        deliveries = each["times_delivered"]
        while claimed := r.xclaim(STREAM, GROUP, CONSUMER, idle, [each["message_id"]]):
            deliveries, idle = deliveries + 1, 0
            on_order(*claimed[0], deliveries)
            if not r.xpending_range(STREAM, GROUP, each["message_id"], each["message_id"], 1):
                break


while True:
    try_again()
    for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: ">"}, count=10, block=50):
        for entry, fields in entries:
            on_order(entry, fields, 1)
