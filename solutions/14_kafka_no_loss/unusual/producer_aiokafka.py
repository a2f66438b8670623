# pass
# with: pair/consumer_aiokafka.py
"""Both programs with aiokafka; all records are sent at the same time, each is promised on its own answer."""

import asyncio
import json
import os

from aiokafka import AIOKafkaProducer
from shop import accept, orders


async def main():
    async with AIOKafkaProducer(bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"], acks="all", enable_idempotence=True) as producer:
        async def send(order):
            await producer.send_and_wait(os.environ["TOPIC"], json.dumps(order).encode(), order["customer"].encode())
            accept(order)

        await asyncio.gather(*(send(order) for order in orders()))


asyncio.run(main())
