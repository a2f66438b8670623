# fail xack-before-work
# Handing the order to another thread is not work done: the list of jobs lives in this process and dies with it.
import json
import os
import queue
import threading

import redis
from shop import Refused, Unavailable, charge

STREAM, GROUP, CONSUMER = os.environ["STREAM"], os.environ["GROUP"], os.environ["CONSUMER"]
r = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
jobs = queue.Queue()


def worker():
    while True:
        order = jobs.get()
        try:
            charge(order)
        except Unavailable:
            jobs.put(order)
        except Refused as error:
            print(error)


threading.Thread(target=worker, daemon=True).start()


def hand_over(entries):
    for entry, fields in entries:
        jobs.put(json.loads(fields["body"]))
        r.xack(STREAM, GROUP, entry)


for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: "0"}):
    hand_over(entries)
while True:
    hand_over(r.xautoclaim(STREAM, GROUP, CONSUMER, 2000)[1])
    for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: ">"}, count=10, block=200):
        hand_over(entries)
