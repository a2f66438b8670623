# pass
"""Two processes share the work; the parent ends with an error where one of them did."""

import json
import multiprocessing
import os
import sys
import time
import xml.etree.ElementTree as ElementTree

import redis
from shop import accept, orders


def to_xml(order):
    root = ElementTree.Element("order")
    for name, value in order.items():
        ElementTree.SubElement(root, name).text = str(value)
    return ElementTree.tostring(root, encoding="utf-8")


def send(r, order):
    fields = {
        "type": "order.placed",
        "content_type": f"application/{order['format']}",
        "order_id": order["id"],
        "schema_version": 1,
        "time": int(time.time()),
        "body": json.dumps(order) if order["format"] == "json" else to_xml(order),
    }
    r.xadd(os.environ["STREAM"], fields)
    if r.publish(os.environ["CHANNEL"], order["id"]) == 0:
        r.rpush(os.environ["MISSED"], order["id"])
    accept(order)


def work(share):
    r = redis.Redis.from_url(os.environ["REDIS_URL"])
    for order in share:
        send(r, order)


if __name__ == "__main__":
    waiting = list(orders())
    processes = [multiprocessing.Process(target=work, args=(waiting[i::2],)) for i in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    sys.exit(max(process.exitcode != 0 for process in processes))
