# fail pending-never-reread
"""Takes up again only what it remembers: what it had read before it was killed it does not."""

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
        charge(json.loads(fields["body"]), key=fields["order_id"])
    except Unavailable as reason:
        failed.add(entry)
        if attempts >= 5:
            give_up(entry, fields, reason, attempts)
    except Refused as reason:
        give_up(entry, fields, reason, attempts)
    else:
        r.xack(STREAM, GROUP, entry)


failed = set()


def try_again():
    for each in r.xpending_range(STREAM, GROUP, "-", "+", 100):
        deliveries = each["times_delivered"]
        pause = PAUSES_MS[min(deliveries, 4) - 1] if each["consumer"] == CONSUMER else 2000
        if (each["message_id"] in failed or each["consumer"] != CONSUMER) and each["time_since_delivered"] >= pause:
            for entry, fields in r.xclaim(STREAM, GROUP, CONSUMER, pause, [each["message_id"]]):
                on_order(entry, fields, deliveries + 1)


while True:
    try_again()
    for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: ">"}, count=10, block=50):
        for entry, fields in entries:
            on_order(entry, fields, 1)
