# pass
"""aio-pika: five orders are on their way at once, and each is promised when its own confirm is there."""

import asyncio
import json
import os

import aio_pika
from shop import accept, orders


async def main():
    connection = await aio_pika.connect(os.environ["AMQP_URL"])
    channel = await connection.channel(publisher_confirms=True)
    await channel.declare_queue(os.environ["QUEUE"], durable=True)
    places = asyncio.Semaphore(5)

    async def send(order):
        async with places:
            message = aio_pika.Message(json.dumps(order).encode(), delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
            await channel.default_exchange.publish(message, os.environ["QUEUE"], mandatory=True, timeout=20)
            await asyncio.to_thread(accept, order)

    async with asyncio.TaskGroup() as group:  # the first that fails ends them all, and the program with an error
        for order in orders():
            group.create_task(send(order))
    await connection.close()


asyncio.run(main())
