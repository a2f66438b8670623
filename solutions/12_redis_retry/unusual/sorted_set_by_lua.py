# pass
# A sorted set as a delay queue: scripts move an order there and back, each in one step.
import json
import os
import time

import redis
from shop import Refused, Unavailable, charge

STREAM, GROUP, CONSUMER = os.environ["STREAM"], os.environ["GROUP"], os.environ["CONSUMER"]
DEAD_LETTERS, DELAYED = os.environ["DEAD_LETTERS"], os.environ["STREAM"] + ":delayed"
PAUSES = (0.1, 0.2, 0.4, 0.8)

r = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
postpone = r.register_script("""
    redis.call('ZADD', KEYS[1], ARGV[1], ARGV[2])
    return redis.call('XACK', KEYS[2], ARGV[3], ARGV[4])
""")
put_back = r.register_script("""
    local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, 10)
    for _, message in ipairs(due) do
        redis.call('XADD', KEYS[2], '*', unpack(cjson.decode(message)))
        redis.call('ZREM', KEYS[1], message)
    end
    return #due
""")
bury = r.register_script("""
    redis.call('XADD', KEYS[1], '*', unpack(cjson.decode(ARGV[1])))
    return redis.call('XACK', KEYS[2], ARGV[2], ARGV[3])
""")


def flat(fields):
    return json.dumps([word for pair in fields.items() for word in pair])


def on_order(entry, fields):
    attempts = int(fields.get("attempts", 0)) + 1
    try:
        charge(json.loads(fields["body"]))
    except Unavailable as reason:
        if attempts < 5:
            later = flat({**fields, "attempts": str(attempts)})
            postpone(keys=[DELAYED, STREAM], args=[time.time() + PAUSES[attempts - 1], later, GROUP, entry])
            return
        bury(keys=[DEAD_LETTERS, STREAM], args=[flat({**fields, "reason": str(reason), "attempts": str(attempts)}), GROUP, entry])
    except Refused as reason:
        bury(keys=[DEAD_LETTERS, STREAM], args=[flat({**fields, "reason": str(reason), "attempts": str(attempts)}), GROUP, entry])
    else:
        r.xack(STREAM, GROUP, entry)


for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: "0"}):
    for entry, fields in entries:
        on_order(entry, fields)
while True:
    put_back(keys=[DELAYED, STREAM], args=[time.time()])
    for entry, fields in r.xautoclaim(STREAM, GROUP, CONSUMER, 2000)[1]:
        on_order(entry, fields)
    for _, entries in r.xreadgroup(GROUP, CONSUMER, {STREAM: ">"}, count=10, block=50):
        for entry, fields in entries:
            on_order(entry, fields)
