# pass
"""redis.asyncio: eight orders at a time, each with its own reply."""

import asyncio
import json
import os
import time
import xml.etree.ElementTree as ElementTree

import redis.asyncio
from shop import accept, orders


def to_xml(order):
    root = ElementTree.Element("order")
    for name, value in order.items():
        ElementTree.SubElement(root, name).text = str(value)
    return ElementTree.tostring(root, encoding="utf-8")


async def send(r, order):
    fields = {
        "type": "order.placed",
        "content_type": f"application/{order['format']}",
        "order_id": order["id"],
        "schema_version": 1,
        "time": int(time.time()),
        "body": json.dumps(order) if order["format"] == "json" else to_xml(order),
    }
    await r.xadd(os.environ["STREAM"], fields)
    if await r.publish(os.environ["CHANNEL"], order["id"]) == 0:
        await r.rpush(os.environ["MISSED"], order["id"])
    accept(order)


async def main():
    async with redis.asyncio.Redis.from_url(os.environ["REDIS_URL"], protocol=3) as r:
        waiting = list(orders())
        for start in range(0, len(waiting), 8):
            await asyncio.gather(*(send(r, order) for order in waiting[start:start + 8]))


asyncio.run(main())
