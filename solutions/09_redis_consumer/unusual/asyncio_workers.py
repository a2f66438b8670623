# pass
# Four workers in one process, each with a name of its own that it keeps; one connection pool for all.
import asyncio
import json
import os

import redis.asyncio
from shop import Refused, Unavailable, charge

STREAM, GROUP, CONSUMER = os.environ["STREAM"], os.environ["GROUP"], os.environ["CONSUMER"]


async def on_order(r, entry, fields):
    order = json.loads(fields["body"])
    while True:
        try:
            await asyncio.to_thread(charge, order)
        except Unavailable:
            await asyncio.sleep(0.1)
            continue
        except Refused as error:
            print(error)
        await r.xack(STREAM, GROUP, entry)
        return


async def worker(r, name):
    for _, entries in await r.xreadgroup(GROUP, name, {STREAM: "0"}):
        for entry, fields in entries:
            await on_order(r, entry, fields)
    while True:
        _, claimed, _ = await r.xautoclaim(STREAM, GROUP, name, 2000, count=1)
        for entry, fields in claimed:
            await on_order(r, entry, fields)
        for _, entries in await r.xreadgroup(GROUP, name, {STREAM: ">"}, count=2, block=300):
            for entry, fields in entries:
                await on_order(r, entry, fields)


async def main():
    r = redis.asyncio.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
    await asyncio.gather(*(worker(r, f"{CONSUMER}-{n}") for n in range(4)))


asyncio.run(main())
