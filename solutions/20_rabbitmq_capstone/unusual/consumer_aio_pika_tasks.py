# pass
"""Every order is a task that sleeps between its attempts; the others run meanwhile."""
import asyncio
import json
import os

import aio_pika
from shop import Refused, Unavailable, charge


async def main():
    connection = await aio_pika.connect(os.environ["AMQP_URL"])
    channel = await connection.channel(publisher_confirms=True)
    await channel.set_qos(prefetch_count=8)
    queue = await channel.declare_queue(os.environ["QUEUE"], durable=True)

    async def give_up(message, reason, attempts):
        letter = aio_pika.Message(message.body, delivery_mode=2, headers={"reason": str(reason), "attempts": attempts})
        await channel.default_exchange.publish(letter, os.environ["DEAD_LETTERS"])
        await message.ack()

    async def work(message):
        order = json.loads(message.body)
        for attempts in range(1, 6):
            try:
                await asyncio.to_thread(charge, order, order["id"])
                return await message.ack()
            except Refused as reason:
                return await give_up(message, reason, attempts)
            except Unavailable as reason:
                last = reason
                await asyncio.sleep(0.1 * 2 ** (attempts - 1))
        await give_up(message, last, attempts)

    tasks = set()

    async with queue.iterator() as messages:
        async for message in messages:
            task = asyncio.create_task(work(message))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
    raise SystemExit("the connection has ended")


asyncio.run(main())
