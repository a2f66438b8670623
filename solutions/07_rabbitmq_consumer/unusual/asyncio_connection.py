# pass
# pika on asyncio's loop: the charge runs in a thread, the acknowledgement goes out from the loop.
import asyncio
import json
import os

import pika
from pika.adapters.asyncio_connection import AsyncioConnection
from shop import Refused, Unavailable, charge

tasks = set()


async def handle(channel, tag, order):
    while True:
        try:
            await asyncio.to_thread(charge, order)
        except Unavailable:
            await asyncio.sleep(0.1)
            continue
        except Refused:
            channel.basic_reject(tag, requeue=False)
        else:
            channel.basic_ack(tag)
        return


def on_order(channel, method, properties, body):
    task = asyncio.ensure_future(handle(channel, method.delivery_tag, json.loads(body)))
    tasks.add(task)
    task.add_done_callback(tasks.discard)


def on_channel(channel):
    channel.basic_qos(prefetch_count=4)
    channel.basic_consume(os.environ["QUEUE"], on_order)


async def main():
    connection = AsyncioConnection(
        pika.URLParameters(os.environ["AMQP_URL"]),
        on_open_callback=lambda connection: connection.channel(on_open_callback=on_channel),
    )
    await asyncio.Future()


asyncio.run(main())
