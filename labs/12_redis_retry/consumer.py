"""Charge every order: try again later what may pass, put aside what will not, and make nobody wait meanwhile."""

import json
import os
import signal

import redis
from shop import Refused, Unavailable, charge

STREAM, GROUP, CONSUMER = os.environ["STREAM"], os.environ["GROUP"], os.environ["CONSUMER"]
DEAD_LETTERS = os.environ["DEAD_LETTERS"]
ATTEMPTS = 5
PAUSES_MS = (100, 200, 400, 800)  # before the second, third, fourth and fifth attempt
ABANDONED_MS = 2000  # no charge takes as long: whoever has had an order for longer will not finish it

r = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
stopping = False  # becomes True when the program is asked to stop


def on_order(entry, fields, attempts):
    try:
        charge(json.loads(fields["body"]))
    except Unavailable:
        return
    except Refused:
        pass
    r.xack(STREAM, GROUP, entry)


def give_up(entry, fields, reason, attempts):
    r.xack(STREAM, GROUP, entry)


def try_again():
    """Takes up what is pending and due."""
    for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: "0"}):
        for entry, fields in entries:
            on_order(entry, fields, 2)


def stop(signum, frame):
    # Only a note for later: the order in hand is finished first, the orders not begun stay pending with our name.
    global stopping
    stopping = True


signal.signal(signal.SIGTERM, stop)

while not stopping:
    try_again()
    # One at a time: what is read and waits behind another grows old, and would be taken for abandoned.
    for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: ">"}, count=1, block=50):
        for entry, fields in entries:
            on_order(entry, fields, 1)
r.close()
