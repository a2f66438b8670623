# pass
# Three threads, each with a connection and a name of its own; a fourth claims for them what is idle.
import json
import os
import threading
import time

import redis
from shop import Refused, Unavailable, charge

STREAM, GROUP, CONSUMER = os.environ["STREAM"], os.environ["GROUP"], os.environ["CONSUMER"]


def on_order(r, entry, fields):
    order = json.loads(fields["body"])
    while True:
        try:
            charge(order)
        except Unavailable:
            time.sleep(0.1)
            continue
        except Refused as error:
            print(error)
        r.xack(STREAM, GROUP, entry)
        return


def read(name):
    r = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True, single_connection_client=True)
    while True:
        for _, entries in r.xreadgroup(GROUP, name, {STREAM: ">"}, count=1, block=500):
            for entry, fields in entries:
                on_order(r, entry, fields)


def claim(name):
    r = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True, single_connection_client=True)
    while True:
        for entry, fields in r.xautoclaim(STREAM, GROUP, name, 2000)[1]:
            on_order(r, entry, fields)
        time.sleep(0.2)


for target, name in [(read, "a"), (read, "b"), (read, "c"), (claim, "d")]:
    threading.Thread(target=target, args=(f"{CONSUMER}-{name}",)).start()
