# fail ack-multiple-unprocessed
import asyncio
import json
import os

import aio_pika
from shop import Refused, Unavailable, charge


async def handle(message):
    order = json.loads(message.body)
    while True:
        try:
            await asyncio.to_thread(charge, order)
        except Unavailable:
            await asyncio.sleep(0.1)
            continue
        except Refused:
            await message.reject(requeue=False)
        else:
            await message.ack(multiple=True)
        return


async def main():
    connection = await aio_pika.connect(os.environ["AMQP_URL"])
    channel = await connection.channel()
    await channel.set_qos(prefetch_count=8)
    queue = await channel.get_queue(os.environ["QUEUE"])
    await queue.consume(handle)
    await asyncio.Future()


asyncio.run(main())
