# pass
# with: pair/consumer_asyncio.py
"""Both programs with redis.asyncio: four workers, each on a connection of its own: WAITAOF looks at its own writes."""

import asyncio
import json
import os

import redis.asyncio
from shop import accept, orders


async def main():
    url = os.environ["REDIS_URL"]
    async with redis.asyncio.Redis.from_url(url) as r:
        await r.config_set("appendonly", "yes")
        await r.config_set("appendfsync", "always")
        await r.config_rewrite()
    waiting = list(orders())

    async def worker():
        async with redis.asyncio.Redis.from_url(url, single_connection_client=True) as r:
            while waiting:
                order = waiting.pop(0)
                await r.xadd(os.environ["STREAM"], {"order_id": order["id"], "body": json.dumps(order)})
                if (await r.waitaof(1, 0, 5000))[0] != 1:
                    raise SystemExit(f"order {order['n']} is not on disk")
                accept(order)

    await asyncio.gather(*(worker() for _ in range(4)))


asyncio.run(main())
