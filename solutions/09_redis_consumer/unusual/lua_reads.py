# pass
# A script takes what is idle, else what is new: one round trip for each look, and the wire shows only its answer.
import json
import os
import time

import redis
from shop import Refused, Unavailable, charge

STREAM, GROUP, CONSUMER = os.environ["STREAM"], os.environ["GROUP"], os.environ["CONSUMER"]
r = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
take = r.register_script("""
    local idle = redis.call('XAUTOCLAIM', KEYS[1], ARGV[1], ARGV[2], 2000, '0', 'COUNT', 5)
    if #idle[2] > 0 then
        return idle[2]
    end
    local new = redis.call('XREADGROUP', 'GROUP', ARGV[1], ARGV[2], 'COUNT', 5, 'STREAMS', KEYS[1], '>')
    return new and new[1][2] or {}
""")

while True:
    entries = take(keys=[STREAM], args=[GROUP, CONSUMER])
    for entry, fields in entries:
        order = json.loads(fields[fields.index("body") + 1])
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
    if not entries:
        time.sleep(0.1)
