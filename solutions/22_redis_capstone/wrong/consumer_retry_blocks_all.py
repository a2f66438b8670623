# fail retry-blocks-all
"""Sleeps between the attempts, with the whole stream behind it."""

import json
import os
import time

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
    for attempts, pause in enumerate((*PAUSES_MS, 0), 1):
        try:
            charge(json.loads(fields["body"]), key=fields["order_id"])
        except Unavailable as reason:
            why = reason
            time.sleep(pause / 1000)
            continue
        except Refused as reason:
            give_up(entry, fields, reason, attempts)
        else:
            r.xack(STREAM, GROUP, entry)
        return
    give_up(entry, fields, why, 5)


def try_again():
    for each in r.xpending_range(STREAM, GROUP, "-", "+", 100):
        deliveries = each["times_delivered"]
        pause = PAUSES_MS[min(deliveries, 4) - 1] if each["consumer"] == CONSUMER else 2000
        if each["time_since_delivered"] >= pause:
            for entry, fields in r.xclaim(STREAM, GROUP, CONSUMER, pause, [each["message_id"]]):
                on_order(entry, fields, deliveries + 1)


while True:
    try_again()
    for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: ">"}, count=10, block=50):
        for entry, fields in entries:
            on_order(entry, fields, 1)
