# pass
# A new name at each start, as in a container with a random host name. It claims, so nothing stays with the old names; one
# that has nothing pending any more is deleted.
import json
import os
import time
import uuid

import redis
from shop import Refused, Unavailable, charge

STREAM, GROUP, CONSUMER = os.environ["STREAM"], os.environ["GROUP"], f"worker-{uuid.uuid4()}"

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
        r.xack(STREAM, GROUP, entry)
        return


while True:
    for entry, fields in r.xautoclaim(STREAM, GROUP, CONSUMER, 2000)[1]:
        on_order(entry, fields)
    for consumer in r.xinfo_consumers(STREAM, GROUP):
        if consumer["pending"] == 0 and consumer["idle"] > 1000 and consumer["name"] != CONSUMER:
            r.xgroup_delconsumer(STREAM, GROUP, consumer["name"])
    for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: ">"}, count=10, block=200):
        for entry, fields in entries:
            on_order(entry, fields)
