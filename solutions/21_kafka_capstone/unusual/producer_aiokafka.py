# pass
"""aiokafka: all orders at once; each is promised when its own answer has come."""

import asyncio
import json
import os

from aiokafka import AIOKafkaProducer
from shop import accept, orders


async def main():
    async with AIOKafkaProducer(bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"], enable_idempotence=True) as producer:
        async def send(order):
            await producer.send_and_wait(os.environ["TOPIC"], json.dumps(order).encode(), order["customer"].encode())
            await asyncio.to_thread(accept, order)

        async with asyncio.TaskGroup() as group:
            for order in orders():
                group.create_task(send(order))


asyncio.run(main())
