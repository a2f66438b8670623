# pass
import asyncio
import json
import os

import aio_pika
from shop import Refused, Unavailable, charge


async def on_message(message):
    order = json.loads(message.body)
    while True:
        try:
            await asyncio.to_thread(charge, order)
        except Unavailable:
            await asyncio.sleep(0.1)
        except Refused as error:
            print(error)
            await message.reject(requeue=False)
            return
        else:
            await message.ack()
            return


async def main():
    connection = await aio_pika.connect_robust(os.environ["AMQP_URL"])
    async with connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=5)
        queue = await channel.get_queue(os.environ["QUEUE"])
        await queue.consume(on_message)
        await asyncio.Future()


asyncio.run(main())
