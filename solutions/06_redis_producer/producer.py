"""Add every order of the shop to a stream and ring the bell; accept an order only when Redis has answered."""

import json
import os
import time
import xml.etree.ElementTree as ElementTree

import redis
from shop import accept, orders

r = redis.Redis.from_url(os.environ["REDIS_URL"])


def to_xml(order):
    root = ElementTree.Element("order")
    for name, value in order.items():
        ElementTree.SubElement(root, name).text = str(value)
    return ElementTree.tostring(root, encoding="utf-8")


for order in orders():
    # region task: the body in the format asked, and beside it what a reader must know first
    fields = {
        "type": "order.placed",
        "content_type": f"application/{order['format']}",
        "order_id": order["id"],
        "schema_version": 1,
        "time": int(time.time()),
        "body": json.dumps(order) if order["format"] == "json" else to_xml(order),
    }
    # starter:
    #| fields = {"body": json.dumps(order)}
    # endregion
    # region task: keep it, with room for readers that fall behind; the id that comes back says that Redis has it
    # Where no answer comes the program ends, is started again, and sends again what is open: perhaps twice, never not at all.
    r.xadd(os.environ["STREAM"], fields, maxlen=10_000, approximate=True)
    # starter:
    #| accept(order)
    #| r.xadd(os.environ["STREAM"], fields, maxlen=10, approximate=False)
    # endregion
    # region task: the bell keeps nothing; where nobody has heard it, leave a note, and only then promise
    if r.publish(os.environ["CHANNEL"], order["id"]) == 0:
        r.rpush(os.environ["MISSED"], order["id"])
    accept(order)
    # starter:
    #| r.publish(os.environ["CHANNEL"], order["id"])
    # endregion
