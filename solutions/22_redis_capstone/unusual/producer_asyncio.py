# pass
"""redis.asyncio, a task and a connection for each of four: WAITAOF speaks of what its own connection has written."""

import asyncio
import json
import os

import redis.asyncio as redis
from shop import accept, orders


async def work(waiting):
    async with redis.Redis.from_url(os.environ["REDIS_URL"], single_connection_client=True) as r:
        while waiting:
            order = waiting.pop(0)
            await r.xadd(os.environ["STREAM"], {"order_id": order["id"], "body": json.dumps(order)})
            if (await r.waitaof(1, 0, 5000))[0] != 1:
                raise SystemExit(f"order {order['n']} is not on disk")
            await asyncio.to_thread(accept, order)


async def main():
    async with redis.Redis.from_url(os.environ["REDIS_URL"]) as r:
        await r.config_set("appendonly", "yes")
        await r.config_set("appendfsync", "always")
        await r.config_rewrite()
    waiting = list(orders())
    async with asyncio.TaskGroup() as group:
        for _ in range(4):
            group.create_task(work(waiting))


asyncio.run(main())
