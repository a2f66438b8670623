"""Charge every order in the stream, and none twice: at least once, plus a key by which the shop knows an order again."""

import json
import os
import signal
import time

import redis
from shop import Refused, Unavailable, charge

STREAM, GROUP, CONSUMER = os.environ["STREAM"], os.environ["GROUP"], os.environ["CONSUMER"]
MIN_IDLE_MS = 2000

r = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
stopping = False


def on_order(entry, fields):
    order = json.loads(fields["body"])
    pause = 0.1
    while not stopping:
        try:
            # region task: charge with a key that stays the same for the order's whole life: its own id
            # The same at every attempt, in every process, after every claim. The shop stores it together with the charge,
            # so there is no moment between the two in which we could die.
            charge(order, key=order["id"])
            # starter:
            #| charge(order)
            # endregion
        except Unavailable:
            time.sleep(pause)
            pause = min(2 * pause, 1.0)
            continue
        except Refused as reason:
            print(reason)
        r.xack(STREAM, GROUP, entry)
        return


def work_off(entries):
    for entry, fields in entries:
        if not stopping:
            on_order(entry, fields)


def stop(signum, frame):
    global stopping
    stopping = True


signal.signal(signal.SIGTERM, stop)

for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: "0"}):
    work_off(entries)
while not stopping:
    _, claimed, _ = r.xautoclaim(STREAM, GROUP, CONSUMER, MIN_IDLE_MS, count=10)
    work_off(claimed)
    for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: ">"}, count=10, block=200):
        work_off(entries)
r.close()
