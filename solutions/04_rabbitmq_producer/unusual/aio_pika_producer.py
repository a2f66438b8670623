# pass
"""With aio-pika: publish() waits for the confirm, and raises where a message comes back."""

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


async def main():
    connection = await aio_pika.connect(os.environ["AMQP_URL"])
    async with connection:
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        exchange = await channel.get_exchange(os.environ["EXCHANGE"])
        for order in orders():
            message = aio_pika.Message(
                json.dumps(order).encode() if order["format"] == "json" else to_xml(order),
                content_type=f"application/{order['format']}",
                message_id=order["id"],
                type="order.placed",
                timestamp=int(time.time()),
                headers={"schema_version": 1},
                delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
            )
            try:
                await exchange.publish(message, f"order.{order['region']}", mandatory=True)
            except aio_pika.exceptions.PublishError:
                print(f"order {order['n']}: no queue takes it")
            else:
                await asyncio.to_thread(accept, order)


asyncio.run(main())
