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
        # region task: let go of the order when it is charged
        charge(json.loads(fields["body"]))
        r.xack(STREAM, GROUP, entry)
        # starter:
        #| r.xack(STREAM, GROUP, entry)
        #| charge(json.loads(fields["body"]))
        # endregion


# region task: begin with what was ours when we died
# Any id but ">" asks for our own pending entries, those after that id; "0" for all of them.
for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: "0"}):
    work_off(entries)
# starter:
# endregion

while not stopping:
    for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: ">"}, count=10, block=200):
        work_off(entries)
r.close()
