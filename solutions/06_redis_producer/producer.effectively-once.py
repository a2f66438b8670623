"""Add every order of the shop to a stream once, however often it is sent; then ring the bell."""

import json
import os
import time
import xml.etree.ElementTree as ElementTree

import redis
from shop import accept, orders

r = redis.Redis.from_url(os.environ["REDIS_URL"])

# region task: looking whether it was added and adding it are one step, which nothing can come between
# Redis runs a script as a whole. Sent again by the client, or by us after a restart, it finds the mark and adds nothing.
# The mark expires: a day is longer than anybody tries again.
add_once = r.register_script("""
if redis.call('SET', KEYS[2], 1, 'NX', 'EX', 86400) then
    return redis.call('XADD', KEYS[1], 'MAXLEN', '~', 10000, '*', unpack(ARGV))
end
""")
# starter:
# endregion


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
    # region task: an id of the order's own decides
    pairs = [part for pair in fields.items() for part in pair]
    add_once(keys=[os.environ["STREAM"], f"sent:{order['id']}"], args=pairs)
    # starter:
    #| r.xadd(os.environ["STREAM"], fields, maxlen=10_000, approximate=True)
    # endregion
    if r.publish(os.environ["CHANNEL"], order["id"]) == 0:
        r.rpush(os.environ["MISSED"], order["id"])
    accept(order)
