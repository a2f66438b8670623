# pass
import asyncio
import os

import aio_pika

QUORUM = {"x-queue-type": "quorum"}


async def main():
    connection = await aio_pika.connect(os.environ["AMQP_URL"])
    async with connection:
        channel = await connection.channel()
        orders = await channel.declare_exchange(os.environ["EXCHANGE"], aio_pika.ExchangeType.TOPIC, durable=True)
        rejected = await channel.declare_exchange(f"{orders.name}.rejected", aio_pika.ExchangeType.TOPIC, durable=True)
        dead = await channel.declare_queue(os.environ["DEAD"], durable=True, arguments=QUORUM)
        await dead.bind(rejected, "#")
        billing = await channel.declare_queue(
            os.environ["BILLING"], durable=True, arguments={**QUORUM, "x-dead-letter-exchange": rejected.name})
        express = await channel.declare_queue(os.environ["EXPRESS"], durable=True, arguments=QUORUM)
        audit = await channel.get_queue(os.environ["AUDIT"])  # a passive declare
        await asyncio.gather(
            billing.bind(orders, "order.created.#"), billing.bind(orders, "order.cancelled.#"),
            express.bind(orders, "order.created.*.express"), audit.bind(orders, "order.#"))


asyncio.run(main())
