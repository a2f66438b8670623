# fail other-group
# XREAD with the last id kept in a file, as one would on a log. XACK means nothing for what the group never gave out.
import json
import os
import time

import redis
from shop import Refused, Unavailable, charge

STREAM, GROUP, LAST = os.environ["STREAM"], os.environ["GROUP"], os.environ["STATE_DIR"] + "/last"
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


last = open(LAST).read() if os.path.exists(LAST) else "0"
while True:
    for _, entries in r.xread({STREAM: last}, block=200):
        for last, fields in entries:
            on_order(last, fields)
            with open(LAST, "w") as file:
                file.write(last)
