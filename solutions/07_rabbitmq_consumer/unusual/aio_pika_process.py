# pass
# process(requeue=True) rejects with requeue when the block raises; a refusal is caught inside, so it does not.
import asyncio
import json
import os

import aio_pika
from shop import Refused, Unavailable, charge


async def main():
    connection = await aio_pika.connect_robust(os.environ["AMQP_URL"])
    channel = await connection.channel()
    await channel.set_qos(prefetch_count=1)
    queue = await channel.get_queue(os.environ["QUEUE"])
    async with queue.iterator() as messages:
        async for message in messages:
            try:
                async with message.process(requeue=True):
                    try:
                        await asyncio.to_thread(charge, json.loads(message.body))
                    except Refused as error:
                        print(error)
            except Unavailable:
                await asyncio.sleep(0.1)


asyncio.run(main())
