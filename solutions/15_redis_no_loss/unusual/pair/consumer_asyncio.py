"""The other half of producer_asyncio.py: charges in threads, five at a time; what is pending with its name comes first."""

import asyncio
import json
import os

import redis.asyncio
from shop import charge

STREAM, GROUP, CONSUMER = os.environ["STREAM"], os.environ["GROUP"], os.environ["CONSUMER"]


async def main():
    async with redis.asyncio.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True) as r:
        async def on_order(entry, fields):
            await asyncio.to_thread(charge, json.loads(fields["body"]))
            await r.xack(STREAM, GROUP, entry)

        start = "0"
        while True:
            found = await r.xreadgroup(GROUP, CONSUMER, {STREAM: start}, count=5, block=200)
            entries = [entry for _, some in found for entry in some]
            if start == "0" and not entries:
                start = ">"
            await asyncio.gather(*(on_order(*each) for each in entries))


asyncio.run(main())
