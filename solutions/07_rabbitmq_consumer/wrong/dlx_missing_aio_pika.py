# fail dlx-missing
# process() without requeue=True rejects on an exception, and what is rejected from this queue is gone.
import asyncio
import json
import os

import aio_pika
from shop import charge


async def on_message(message):
    async with message.process():
        await asyncio.to_thread(charge, json.loads(message.body))


async def main():
    connection = await aio_pika.connect_robust(os.environ["AMQP_URL"])
    channel = await connection.channel()
    await channel.set_qos(prefetch_count=10)
    queue = await channel.get_queue(os.environ["QUEUE"])
    await queue.consume(on_message)
    await asyncio.Future()


asyncio.run(main())
