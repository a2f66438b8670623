"""Real client sessions, small enough to be recorded: used to record them, and again against a live broker."""

import asyncio
import json
import os
import random
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import aio_pika
import pika

from helpers.wire import tokens

ORDERS = tokens.draw(random.Random(7), 10)
NODE = Path(__file__).parent / "node"


def body(order: str, size: int = 0) -> bytes:
    return json.dumps({"id": order, "n": 1, "customer": "c", "amount": 5, "pad": "x" * size}).encode()


def connect(url: str) -> pika.BlockingConnection:
    return pika.BlockingConnection(pika.URLParameters(url))


def queue_of(channel: pika.adapters.blocking_connection.BlockingChannel) -> str:
    return channel.queue_declare("", exclusive=True).method.queue


def pika_confirms(url: str) -> None:
    """Confirms, prefetch, ack multiple, reject with requeue, get, an unroutable message, purge, delete."""
    connection = connect(url)
    channel = connection.channel()
    channel.confirm_delivery()
    queue = queue_of(channel)
    channel.basic_qos(prefetch_count=10)
    for order in ORDERS:
        channel.basic_publish("", queue, body(order), pika.BasicProperties(delivery_mode=2, headers={"attempt": 1}))
    try:
        channel.basic_publish("", "no-such-queue", body(ORDERS[0]), mandatory=True)
    except pika.exceptions.UnroutableError:
        pass
    for method, _, _ in channel.consume(queue):
        if method.delivery_tag == 5:
            channel.basic_ack(5, multiple=True)
        elif method.delivery_tag == 6:
            channel.basic_nack(6, requeue=True)
        elif method.delivery_tag == 7:
            channel.basic_reject(7, requeue=False)
        elif method.delivery_tag == 10:
            channel.basic_ack(10, multiple=True)
        elif method.delivery_tag == 11:  # the sixth again
            channel.basic_nack(11, requeue=True)
            break
    channel.cancel()
    channel.basic_get(queue, auto_ack=True)
    channel.basic_get(queue)
    channel.queue_purge(queue)
    channel.queue_delete(queue)
    connection.close()


def pika_transaction(url: str) -> None:
    """Three orders committed, one rolled back; two acknowledgements committed, one rolled back."""
    connection = connect(url)
    channel = connection.channel()
    queue = queue_of(channel)
    channel.tx_select()
    for order in ORDERS[:3]:
        channel.basic_publish("", queue, body(order))
    channel.tx_commit()
    channel.basic_publish("", queue, body(ORDERS[3]))
    channel.tx_rollback()
    for _ in range(3):
        channel.basic_get(queue)
    channel.basic_ack(2, multiple=True)
    channel.tx_commit()
    channel.basic_ack(3)
    channel.tx_rollback()
    connection.close()


def pika_double_ack(url: str) -> None:
    """An order acknowledged twice: the broker closes the channel with 406, and ignores the ack after it."""
    connection = connect(url)
    channel = connection.channel()
    queue = queue_of(channel)
    for order in ORDERS[:3]:
        channel.basic_publish("", queue, body(order))
    for _ in range(3):
        channel.basic_get(queue)
    channel.basic_ack(1)
    try:  # the broker's answer may be here before the third
        channel.basic_ack(1)
        channel.basic_ack(2)
        channel.queue_declare(queue, passive=True)
    except pika.exceptions.ChannelClosedByBroker:
        pass
    connection.close()


def pika_large(url: str) -> None:
    """Bodies over several frames of 8192 bytes on one channel; automatic acknowledgement on another."""
    parameters = pika.URLParameters(url)
    parameters.frame_max = 8192  # the least that RabbitMQ takes since 4.1
    connection = pika.BlockingConnection(parameters)
    first, second = connection.channel(), connection.channel()
    queue = queue_of(first)
    first.basic_publish("", queue, body(ORDERS[0], 10_000))
    first.basic_publish("", queue, b"", pika.BasicProperties(message_id=ORDERS[1]))
    for method, _, _ in second.consume(queue, auto_ack=True):
        if method.delivery_tag == 2:
            break
    second.cancel()
    connection.close()


def aio_pika_session(url: str) -> None:
    async def session() -> None:
        connection = await aio_pika.connect(url)
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=3)
        queue = await channel.declare_queue("", exclusive=True)
        for order in ORDERS:
            await channel.default_exchange.publish(
                aio_pika.Message(body(order), delivery_mode=aio_pika.DeliveryMode.PERSISTENT, correlation_id=order), queue.name)
        seen = 0
        async with queue.iterator() as messages:
            async for message in messages:
                seen += 1
                if seen == 1:
                    await message.reject(requeue=True)
                else:
                    await message.ack()
                if seen == len(ORDERS) + 1:
                    break
        await connection.close()

    asyncio.run(session())


def node_missing() -> str | None:
    """Why amqplib cannot be used here; None if it can."""
    return next((f"{tool} is not installed" for tool in ("node", "npm") if not shutil.which(tool)), None)


def node_install(folder: Path) -> None:
    """Install the locked packages into a folder of its own. Raises CalledProcessError with npm's words."""
    for name in ("package.json", "package-lock.json", "session.mjs", "kafka_session.mjs"):
        shutil.copy(NODE / name, folder / name)
    subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=folder, check=True, capture_output=True, text=True, timeout=120)


def node_session(folder: Path) -> Callable[[str], None]:
    def session(url: str) -> None:
        subprocess.run(["node", "session.mjs"], cwd=folder, check=True, timeout=60, capture_output=True, text=True,
                       env={**os.environ, "AMQP_URL": url, "ORDERS": ",".join(ORDERS)})

    return session


PYTHON = {"pika-confirms": pika_confirms, "pika-transaction": pika_transaction, "pika-double-ack": pika_double_ack,
          "pika-large": pika_large, "aio-pika": aio_pika_session}
