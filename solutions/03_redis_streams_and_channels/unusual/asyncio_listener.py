# pass
import asyncio
import os

import redis.asyncio as redis
from redis.exceptions import ResponseError


async def make_group(client, stream, group, after):
    try:
        await client.xgroup_create(os.environ[stream], os.environ[group], id=after, mkstream=True)
    except ResponseError as error:
        if not str(error).startswith("BUSYGROUP"):
            raise


async def main():
    client = redis.Redis.from_url(os.environ["REDIS_URL"], socket_timeout=None)
    async with client.pubsub() as pubsub:
        # listens first: nothing announced while the groups are made is missed
        await pubsub.psubscribe(os.environ["SHOP"] + ".order.*")
        await asyncio.gather(make_group(client, "STREAM", "BILLING", "0"), make_group(client, "STREAM", "ALERTS", "$"),
                             make_group(client, "RETURNS", "BILLING", "0"))
        async for message in pubsub.listen():
            if message["type"] == "pmessage":
                await client.xadd(os.environ["STREAM"], {b"channel": message["channel"], b"body": message["data"]},
                                  maxlen=1000, approximate=True)


asyncio.run(main())
