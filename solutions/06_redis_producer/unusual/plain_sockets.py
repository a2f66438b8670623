# pass
"""No client at all: RESP by hand over a socket."""

import json
import os
import socket
import time
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from shop import accept, orders

url = urlsplit(os.environ["REDIS_URL"])
connection = socket.create_connection((url.hostname, url.port)).makefile("rwb")


def call(*words):
    parts = [word if isinstance(word, bytes) else str(word).encode() for word in words]
    connection.write(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts))
    connection.flush()
    line = connection.readline()
    if line[:1] == b"$":
        return connection.read(int(line[1:]) + 2)[:-2]
    if line[:1] == b":":
        return int(line[1:])
    raise ConnectionError(line)


for order in orders():
    body = json.dumps(order)
    if order["format"] == "xml":
        body = "<order>" + "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in order.items()) + "</order>"
    call("XADD", os.environ["STREAM"], "MAXLEN", "~", 10000, "*", "type", "order.placed",
         "content_type", f"application/{order['format']}", "order_id", order["id"], "schema_version", 1, "time", int(time.time()), "body", body)
    if call("PUBLISH", os.environ["CHANNEL"], order["id"]) == 0:
        call("RPUSH", os.environ["MISSED"], order["id"])
    accept(order)
