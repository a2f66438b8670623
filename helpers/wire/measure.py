"""What the tap costs: CPU time a message, beside its bar (`python -m helpers bench tap`)."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator

from helpers import brokers
from helpers.measure import Row, row
from helpers.wire.amqp import AMQP
from helpers.wire.events import Journal
from helpers.wire.tap import Tap

MESSAGES = 10_000

_CLIENT = """
import sys, pika
url, count = sys.argv[1], int(sys.argv[2])
connection = pika.BlockingConnection(pika.URLParameters(url))
channel = connection.channel()
channel.confirm_delivery()
queue = channel.queue_declare("", exclusive=True).method.queue
channel.basic_qos(prefetch_count=100)
for n in range(count):
    channel.basic_publish("", queue, b'{"id": "ord-%010d", "n": 1, "customer": "c", "amount": 5}' % n)
for method, _, _ in channel.consume(queue):
    channel.basic_ack(method.delivery_tag)
    if method.delivery_tag == count:
        break
connection.close()
"""


async def _through_the_tap(upstream: tuple[str, int], messages: int) -> float:
    """CPU seconds of this process while a program in another one publishes, is confirmed, is delivered and acknowledges."""
    with open("/dev/null", "w") as sink, open("/dev/null", "wb") as chunks:
        journal = Journal(sink)
        tap = Tap(actor="client", upstream=upstream, journal=journal, decoder=AMQP, hook=lambda _: None, chunks=chunks)
        await tap.start()
        before = time.process_time()
        url = f"amqp://guest:guest@127.0.0.1:{tap.port}/%2F"
        program = await asyncio.create_subprocess_exec(sys.executable, "-c", _CLIENT, url, str(messages))
        if await program.wait():
            raise subprocess.CalledProcessError(program.returncode or 1, "the measuring client")
        spent = time.process_time() - before
        await tap.close()
    kinds = [event.kind for event in journal.events]
    for kind in ("published", "confirmed", "delivered", "acknowledged"):
        if kinds.count(kind) != messages:
            raise RuntimeError(f"{kinds.count(kind)} of {messages} {kind}: this measures something else")
    return spent


@row
def tap() -> Iterator[Row]:
    """The whole tap (relay, decoder, journal to a file, raw chunks), ms of CPU a message."""
    brokers.up(["rabbitmq"])
    server = brokers.server("rabbitmq")
    each = asyncio.run(_through_the_tap((server.host, server.port), MESSAGES)) / MESSAGES * 1000
    yield Row(f"tap, AMQP, CPU a message at {MESSAGES:,} messages", f"{each:.2f} ms", "<= 0.5 ms", each <= 0.5)
