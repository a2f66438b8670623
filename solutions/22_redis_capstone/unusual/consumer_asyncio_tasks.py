# pass
"""redis.asyncio: a task for each order, which sleeps until the next attempt; XCLAIM keeps its entry alive meanwhile."""

import asyncio
import json
import os

import redis.asyncio as redis
from shop import Refused, Unavailable, charge

STREAM, GROUP, CONSUMER = os.environ["STREAM"], os.environ["GROUP"], os.environ["CONSUMER"]
DEAD_LETTERS = os.environ["DEAD_LETTERS"]
r = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


async def give_up(entry, fields, reason, attempts):
    async with r.pipeline(transaction=True) as both:
        both.xadd(DEAD_LETTERS, {**fields, "reason": str(reason), "attempts": attempts})
        both.xack(STREAM, GROUP, entry)
        await both.execute()


async def on_order(entry, fields):
    for attempts, pause in enumerate((0.1, 0.2, 0.4, 0.8, 0), 1):
        try:
            await asyncio.to_thread(charge, json.loads(fields["body"]), fields["order_id"])
            await r.xack(STREAM, GROUP, entry)
            return
        except Refused as reason:
            await give_up(entry, fields, reason, attempts)
            return
        except Unavailable as reason:
            why = reason
            if attempts < 5:
                await asyncio.sleep(pause)
                await r.xclaim(STREAM, GROUP, CONSUMER, 0, [entry], justid=True)  # ours, and still at work on it
    await give_up(entry, fields, why, 5)


async def main():
    tasks = set()

    def begin(entries):
        for entry, fields in entries:
            task = asyncio.create_task(on_order(entry, fields))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    for _, entries in await r.xreadgroup(GROUP, CONSUMER, {STREAM: "0"}):
        begin(entries)
    while True:
        begin((await r.xautoclaim(STREAM, GROUP, CONSUMER, 2500, count=10))[1])
        for _, entries in await r.xreadgroup(GROUP, CONSUMER, {STREAM: ">"}, count=5, block=100):
            begin(entries)


asyncio.run(main())
