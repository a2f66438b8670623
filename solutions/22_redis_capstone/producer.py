"""Add every order of the shop to a stream; accept an order only when Redis has it on disk."""

import json
import os

import redis
from shop import accept, orders

STREAM = os.environ["STREAM"]
r = redis.Redis.from_url(os.environ["REDIS_URL"])

# region task: from now on Redis writes what it is told, and reads it when it is started again
r.config_set("appendonly", "yes")
r.config_set("appendfsync", "always")  # before it answers
r.config_rewrite()  # or the next start knows nothing of it
# starter:
# endregion

for order in orders():
    # Where no answer comes it raises, and the program ends with an error: it is started again, and orders() yields this order
    # once more. It may stand in the stream twice then, but never nowhere.
    r.xadd(STREAM, {"order_id": order["id"], "body": json.dumps(order)})
    # region task: promise what is on disk
    # The append-only file is being made in the background at first: until it is there, an answer to XADD means little.
    local, _ = r.waitaof(1, 0, 5000)
    if local != 1:
        raise SystemExit(f"order {order['n']} is not on disk")
    accept(order)
    # starter:
    #| accept(order)
    # endregion
r.close()
