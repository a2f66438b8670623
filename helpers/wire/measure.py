"""What the tap costs: CPU time a message, beside its bar. `python -m helpers.wire.measure [HOST PORT]`."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator

from helpers.wire.amqp import AMQP
from helpers.wire.events import Journal
from helpers.wire.tap import Tap

Row = tuple[str, float, float, bool]  # what, measured, bar, whether it is met

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


def amqp(upstream: tuple[str, int] | None = None, messages: int = 10_000) -> Iterator[Row]:
    """The whole tap (relay, decoder, journal to a file, raw chunks), ms of CPU a message. RabbitMQ must be up."""
    if upstream is None:
        from helpers import brokers

        server = brokers.server("rabbitmq")
        upstream = (server.host, server.port)
    each = asyncio.run(_through_the_tap(upstream, messages)) / messages * 1000
    yield f"tap, AMQP: CPU ms a message at {messages:,} messages", round(each, 3), 0.5, each <= 0.5


if __name__ == "__main__":
    for row in amqp((sys.argv[1], int(sys.argv[2])) if len(sys.argv) > 2 else None):
        print(row)
