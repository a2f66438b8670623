# pass
# with: pair/consumer_aio_pika.py
"""Both programs with aio-pika; all orders are published at the same time, each is promised on its own confirm."""

import asyncio
import json
import os

import aio_pika
from shop import accept, orders


async def main():
    connection = await aio_pika.connect(os.environ["AMQP_URL"])
    async with connection:
        channel = await connection.channel(publisher_confirms=True)
        queue = await channel.declare_queue(os.environ["QUEUE"], durable=True)

        async def publish(order):
            message = aio_pika.Message(json.dumps(order).encode(), delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
            await channel.default_exchange.publish(message, routing_key=queue.name, mandatory=True)
            accept(order)

        await asyncio.gather(*(publish(order) for order in orders()))


asyncio.run(main())
