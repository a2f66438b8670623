# fail swallow-and-ack
# The acknowledgement stands in a finally: it is sent however the work went.
import json
import os

import redis
from shop import Refused, Unavailable, charge

STREAM, GROUP, CONSUMER = os.environ["STREAM"], os.environ["GROUP"], os.environ["CONSUMER"]
r = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


def on_order(entry, fields):
    try:
        charge(json.loads(fields["body"]))
    finally:
        r.xack(STREAM, GROUP, entry)


def work_off(entries):
    for entry, fields in entries:
        try:
            on_order(entry, fields)
        except (Unavailable, Refused) as error:
            print("failed:", error)


for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: "0"}):
    work_off(entries)
while True:
    work_off(r.xautoclaim(STREAM, GROUP, CONSUMER, 2000)[1])
    for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: ">"}, count=10, block=200):
        work_off(entries)
