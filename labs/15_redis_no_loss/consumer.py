"""Charge every order in the stream; acknowledge an order only when it is charged."""

import json
import os
import signal

import redis
from shop import charge

STREAM, GROUP, CONSUMER = os.environ["STREAM"], os.environ["GROUP"], os.environ["CONSUMER"]
r = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
stopping = False  # becomes True when the program is asked to stop


def stop(signum, frame):
    # Only a note for later: the order in hand is finished first, the orders not begun stay pending with our name.
    global stopping
    stopping = True


signal.signal(signal.SIGTERM, stop)


def work_off(entries):
    for entry, fields in entries:
        if stopping:
            return
        r.xack(STREAM, GROUP, entry)
        charge(json.loads(fields["body"]))



while not stopping:
    for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: ">"}, count=10, block=200):
        work_off(entries)
r.close()
