# pass
# guarantee: effectively-once
"""One script adds, rings and leaves the note: what it does is not seen on the wire."""

import json
import os
import time
import xml.etree.ElementTree as ElementTree

import redis
from shop import accept, orders

r = redis.Redis.from_url(os.environ["REDIS_URL"])
send = r.register_script("""
if redis.call('SET', KEYS[4], 1, 'NX', 'EX', 86400) then
    redis.call('XADD', KEYS[1], '*', unpack(ARGV, 2))
end
if redis.call('PUBLISH', KEYS[2], ARGV[1]) == 0 then
    redis.call('RPUSH', KEYS[3], ARGV[1])
end
""")


def to_xml(order):
    root = ElementTree.Element("order")
    for name, value in order.items():
        ElementTree.SubElement(root, name).text = str(value)
    return ElementTree.tostring(root, encoding="utf-8")


for order in orders():
    fields = {
        "type": "order.placed",
        "content_type": f"application/{order['format']}",
        "order_id": order["id"],
        "schema_version": 1,
        "time": int(time.time()),
        "body": json.dumps(order) if order["format"] == "json" else to_xml(order),
    }
    pairs = [part for pair in fields.items() for part in pair]
    keys = [os.environ["STREAM"], os.environ["CHANNEL"], os.environ["MISSED"], f"sent:{order['id']}"]
    send(keys=keys, args=[order["id"], *pairs])
    accept(order)
