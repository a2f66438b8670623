# pass
# aio-pika: all notes of a batch are sent side by side, and deleted together when each of them is confirmed.
import asyncio
import json
import os
import sqlite3

import aio_pika
from shop import orders, point

db = sqlite3.connect(os.environ["SHOP_DB"])
db.execute("CREATE TABLE IF NOT EXISTS outbox (n INTEGER PRIMARY KEY, order_id TEXT NOT NULL, body TEXT NOT NULL)")


async def relay(exchange):
    notes = db.execute("SELECT n, order_id, body FROM outbox ORDER BY n").fetchall()

    async def send(order_id, body):
        message = aio_pika.Message(body.encode(), delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
        await exchange.publish(message, "order.placed", mandatory=True)
        await asyncio.to_thread(point, "sent", {"id": order_id})

    await asyncio.gather(*(send(order_id, body) for _, order_id, body in notes))
    with db:
        db.executemany("DELETE FROM outbox WHERE n = ?", [(n,) for n, _, _ in notes])


async def main():
    connection = await aio_pika.connect(os.environ["AMQP_URL"])
    async with connection:
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        exchange = await channel.get_exchange(os.environ["EXCHANGE"])
        await relay(exchange)
        for count, order in enumerate(orders(), 1):
            with db:
                db.execute("INSERT INTO orders (order_id, amount) VALUES (?, ?)", (order["id"], order["amount"]))
                db.execute("INSERT INTO outbox (order_id, body) VALUES (?, ?)", (order["id"], json.dumps(order)))
            await asyncio.to_thread(point, "committed", order)
            if count % 3 == 0:
                await relay(exchange)
        await relay(exchange)


asyncio.run(main())
