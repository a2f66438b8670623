# pass
"""Publishes eight orders at once and waits for all their confirms together; the connection mends itself."""

import asyncio
import json
import os
import time
import xml.etree.ElementTree as ElementTree

import aio_pika
from shop import accept, orders


def to_xml(order):
    root = ElementTree.Element("order")
    for name, value in order.items():
        ElementTree.SubElement(root, name).text = str(value)
    return ElementTree.tostring(root, encoding="utf-8")


async def send(exchange, order):
    message = aio_pika.Message(
        json.dumps(order).encode() if order["format"] == "json" else to_xml(order),
        content_type=f"application/{order['format']}",
        message_id=order["id"],
        type="order.placed",
        timestamp=int(time.time()),
        headers={"schema_version": 1},
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
    )
    while True:
        try:
            await exchange.publish(message, f"order.{order['region']}", mandatory=True, timeout=2)
        except aio_pika.exceptions.PublishError:
            return False
        except (aio_pika.exceptions.AMQPError, asyncio.TimeoutError, asyncio.CancelledError, RuntimeError, OSError):
            await asyncio.sleep(0.1)
        else:
            return True


async def main():
    connection = await aio_pika.connect_robust(os.environ["AMQP_URL"], reconnect_interval=0.1)
    async with connection:
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        exchange = await channel.get_exchange(os.environ["EXCHANGE"])
        waiting = list(orders())
        for start in range(0, len(waiting), 8):
            batch = waiting[start:start + 8]
            sent = await asyncio.gather(*(send(exchange, order) for order in batch))
            for order, there in zip(batch, sent):
                if there:
                    accept(order)


asyncio.run(main())
