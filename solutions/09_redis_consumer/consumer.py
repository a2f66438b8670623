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
    # region task: charge the order, then tell Redis that nothing is left to do for it
    pause = 0.1
    while not stopping:
        try:
            charge(order)
        except Unavailable:
            # Not charged, but it may be soon. The order stays pending with us: should we die here, it is not lost.
            time.sleep(pause)
            pause = min(2 * pause, 1.0)
            continue
        except Refused as reason:
            # Asking again cannot help, and pending it would be claimed for ever. Leave a trace, and let go of it.
            print(reason)
        # Only now can the group forget the order.
        r.xack(STREAM, GROUP, entry)
        return
    # starter:
    #| r.xack(STREAM, GROUP, entry)
    #| charge(order)
    # endregion


def work_off(entries):
    for entry, fields in entries:
        if not stopping:
            on_order(entry, fields)


def stop(signum, frame):
    # Only a note for later: the order in hand is finished first, the orders not begun stay pending with our name.
    global stopping
    stopping = True


signal.signal(signal.SIGTERM, stop)

# region task: begin with what was ours when we died
# Any id but ">" asks for our own pending entries, those after that id; "0" for all of them.
for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: "0"}):
    work_off(entries)
# starter:
# endregion

while not stopping:
    # region task: take over what its reader will never finish
    # Redis cannot tell a dead consumer from a busy one. We can: idle for longer than any charge takes means dead.
    _, claimed, _ = r.xautoclaim(STREAM, GROUP, CONSUMER, MIN_IDLE_MS, count=10)
    work_off(claimed)
    # starter:
    # endregion
    for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: ">"}, count=10, block=200):
        work_off(entries)
r.close()
