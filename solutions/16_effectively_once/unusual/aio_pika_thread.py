# pass
# aio-pika; SQLite in a thread of its own, so that the event loop goes on answering the broker.
import asyncio
import json
import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import aio_pika
from shop import point

database = ThreadPoolExecutor(1)  # a connection of sqlite3 belongs to the thread that opened it
db = database.submit(sqlite3.connect, os.environ["SHOP_DB"]).result()


def prepare():
    db.execute("CREATE TABLE IF NOT EXISTS inbox (order_id TEXT PRIMARY KEY)")


def write(order):
    point("before-transaction", order)
    with db:
        new = db.execute("INSERT OR IGNORE INTO inbox VALUES (?)", (order["id"],)).rowcount
        point("between", order)
        if new:
            db.execute("INSERT INTO payments (order_id, amount) VALUES (?, ?)", (order["id"], order["amount"]))
        point("before-commit", order)


async def main():
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(database, prepare)
    connection = await aio_pika.connect_robust(os.environ["AMQP_URL"])
    async with connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=5)
        queue = await channel.get_queue(os.environ["QUEUE"])

        async def on_message(message):
            await loop.run_in_executor(database, write, json.loads(message.body))
            await message.ack()

        await queue.consume(on_message)
        await asyncio.Future()


asyncio.run(main())
