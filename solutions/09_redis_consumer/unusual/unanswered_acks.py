# pass
# RESP2 by hand, and acknowledgements that Redis is asked not to answer (CLIENT REPLY SKIP).
import json
import os
import socket
import time
from urllib.parse import urlsplit

from shop import Refused, Unavailable, charge

STREAM, GROUP, CONSUMER = os.environ["STREAM"], os.environ["GROUP"], os.environ["CONSUMER"]
url = urlsplit(os.environ["REDIS_URL"])
stream = socket.create_connection((url.hostname, url.port)).makefile("rwb")


def reply():
    line = stream.readline().rstrip()
    kind, rest = line[:1], line[1:]
    if kind == b"-":
        raise RuntimeError(rest.decode())
    if kind == b":":
        return int(rest)
    if kind == b"$":
        return stream.read(int(rest) + 2)[:-2] if int(rest) >= 0 else None
    if kind == b"*":
        return [reply() for _ in range(int(rest))] if int(rest) >= 0 else None
    return rest


def tell(*words):
    words = [str(word).encode() for word in words]
    stream.write(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(w), w) for w in words))
    stream.flush()


def ask(*words):
    tell(*words)
    return reply()


def work_off(entries):
    for entry, fields in entries:
        order = json.loads(dict(zip(fields[::2], fields[1::2]))[b"body"])
        while True:
            try:
                charge(order)
            except Unavailable:
                time.sleep(0.1)
                continue
            except Refused as error:
                print(error)
            break
        tell("CLIENT", "REPLY", "SKIP")
        tell("XACK", STREAM, GROUP, entry.decode())


for start in ("0", ">"):
    while True:
        work_off(ask("XAUTOCLAIM", STREAM, GROUP, CONSUMER, 2000, "0")[1])
        found = ask("XREADGROUP", "GROUP", GROUP, CONSUMER, "COUNT", 5, "BLOCK", 200, "STREAMS", STREAM, start)
        work_off(found[0][1] if found else [])
        if start == "0" and not found[0][1]:
            break
