# fail ack-before-work
# `process()` acknowledges when its block ends, and the block ends when the task is created, not when it is done.
import asyncio
import json
import os

import aio_pika
from shop import Refused, Unavailable, charge

tasks = set()


async def handle(order):
    while True:
        try:
            await asyncio.to_thread(charge, order)
        except Unavailable:
            await asyncio.sleep(0.1)
            continue
        except Refused as error:
            print(error)
        return


async def main():
    connection = await aio_pika.connect_robust(os.environ["AMQP_URL"])
    channel = await connection.channel()
    await channel.set_qos(prefetch_count=10)
    queue = await channel.get_queue(os.environ["QUEUE"])
    async with queue.iterator() as messages:
        async for message in messages:
            async with message.process():
                task = asyncio.create_task(handle(json.loads(message.body)))
                tasks.add(task)
                task.add_done_callback(tasks.discard)


asyncio.run(main())
