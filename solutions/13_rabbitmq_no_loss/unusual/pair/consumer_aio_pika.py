"""The other half of producer_aio_pika.py: a connection that comes back by itself, charges in threads, several at a time."""

import asyncio
import json
import os
import signal

import aio_pika
from shop import charge


async def on_order(message):
    try:
        await asyncio.to_thread(charge, json.loads(message.body))
        await message.ack()
    except aio_pika.exceptions.AMQPError as error:
        print(f"not acknowledged, it comes again: {error!r}")


async def main():
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    connection = await aio_pika.connect_robust(os.environ["AMQP_URL"], reconnect_interval=0.2)
    channel = await connection.channel()
    await channel.set_qos(prefetch_count=5)
    queue = await channel.declare_queue(os.environ["QUEUE"], durable=True)
    await queue.consume(on_order)
    await stopping.wait()
    await connection.close()


asyncio.run(main())
