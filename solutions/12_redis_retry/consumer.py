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
    # region task: charge it; leave it pending, or put it among the dead letters, where it cannot be charged now
    try:
        charge(json.loads(fields["body"]))
    except Unavailable as reason:
        if attempts >= ATTEMPTS:
            give_up(entry, fields, reason, attempts)
        # Else it stays pending: Redis knows with whom, since when, and how often it was delivered.
    except Refused as reason:
        # Another attempt would get the same answer.
        give_up(entry, fields, reason, attempts)
    else:
        r.xack(STREAM, GROUP, entry)
    # starter:
    #| try:
    #|     charge(json.loads(fields["body"]))
    #| except Unavailable:
    #|     return
    #| except Refused:
    #|     pass
    #| r.xack(STREAM, GROUP, entry)
    # endregion


def give_up(entry, fields, reason, attempts):
    # region task: write the dead letter and let go of the order, both or neither
    letter = {**fields, "reason": str(reason), "attempts": attempts}
    r.pipeline(transaction=True).xadd(DEAD_LETTERS, letter).xack(STREAM, GROUP, entry).execute()
    # starter:
    #| r.xack(STREAM, GROUP, entry)
    # endregion


def try_again():
    """Takes up what is pending and due."""
    # region task: what is due, by how long it has been pending and how often it was delivered
    for each in r.xpending_range(STREAM, GROUP, "-", "+", 100):
        deliveries = each["times_delivered"]
        ours = each["consumer"] == CONSUMER
        pause = PAUSES_MS[min(deliveries, len(PAUSES_MS)) - 1] if ours else ABANDONED_MS
        if each["time_since_delivered"] >= pause and not stopping:
            # XCLAIM asks once more, inside Redis, how long it has been idle: of two who try, one gets it.
            for entry, fields in r.xclaim(STREAM, GROUP, CONSUMER, pause, [each["message_id"]]):
                on_order(entry, fields, deliveries + 1)
    # starter:
    #| for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: "0"}):
    #|     for entry, fields in entries:
    #|         on_order(entry, fields, 2)
    # endregion


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
