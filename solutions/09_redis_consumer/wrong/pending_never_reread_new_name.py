# fail pending-never-reread
# It does read its pending entries, but under a new name each time: a name that never had any.
import json
import os
import time
import uuid

import redis
from shop import Refused, Unavailable, charge

STREAM, GROUP = os.environ["STREAM"], os.environ["GROUP"]
CONSUMER = f"worker-{uuid.uuid4()}"
r = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


def on_order(entry, fields):
    order = json.loads(fields["body"])
    while True:
        try:
            charge(order)
        except Unavailable:
            time.sleep(0.1)
            continue
        except Refused as error:
            print(error)
        break
    r.xack(STREAM, GROUP, entry)


for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: "0"}):
    for entry, fields in entries:
        on_order(entry, fields)
while True:
    for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: ">"}, count=10, block=200):
        for entry, fields in entries:
            on_order(entry, fields)
