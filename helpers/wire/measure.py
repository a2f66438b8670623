"""What the tap costs: CPU time a message, beside its bar (`python -m helpers bench tap`)."""

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator

from helpers import brokers
from helpers.measure import Row, row
from helpers.wire.amqp import AMQP
from helpers.wire.decoder import Decoder
from helpers.wire.events import Journal
from helpers.wire.kafka import Kafka
from helpers.wire.kafka_book import Book as KafkaBook
from helpers.wire.redis import Redis
from helpers.wire.redis_book import Book
from helpers.wire.tap import Tap

MESSAGES = 10_000

_AMQP = """
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

_REDIS = """
import sys, redis
url, count = sys.argv[1], int(sys.argv[2])
r = redis.Redis.from_url(url, protocol=2)
r.xgroup_create("s", "g", "0", mkstream=True)
for n in range(count):
    r.xadd("s", {"body": b'{"id": "ord-%010d", "n": 1, "customer": "c", "amount": 5}' % n})
while found := r.xreadgroup("g", "c", {"s": ">"}, count=10):
    for entry, _ in found[0][1]:
        r.xack("s", "g", entry)
"""


_KAFKA = """
import sys, uuid
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
bootstrap, count = sys.argv[1], int(sys.argv[2])
topic = f"measure-{uuid.uuid4().hex[:8]}"
producer = KafkaProducer(bootstrap_servers=bootstrap, linger_ms=5)
futures = [producer.send(topic, b'{"id": "ord-%010d", "n": 1, "customer": "c", "amount": 5}' % n, key=b"c") for n in range(count)]
[future.get(30) for future in futures]
producer.close()
consumer = KafkaConsumer(topic, bootstrap_servers=bootstrap, group_id=topic, auto_offset_reset="earliest", enable_auto_commit=False)
seen = 0
while seen < count:
    seen += sum(map(len, consumer.poll(1000, max_records=100).values()))
    consumer.commit()
consumer.close(autocommit=False)
admin = KafkaAdminClient(bootstrap_servers=bootstrap)
admin.delete_topics([topic])
admin.close()
"""


async def _through_the_tap(upstream: tuple[str, int], messages: int, decoder: Callable[[], Decoder], client: str,
                           url: str) -> float:
    """CPU seconds of this process while a program in another one publishes, is confirmed, is delivered and acknowledges."""
    with open("/dev/null", "w") as sink, open("/dev/null", "wb") as chunks:
        journal = Journal(sink)
        tap = Tap(actor="client", upstream=upstream, journal=journal, decoder=decoder, hook=lambda _: None, chunks=chunks)
        await tap.start()
        before = time.process_time()
        program = await asyncio.create_subprocess_exec(sys.executable, "-c", client, url.format(port=tap.port), str(messages))
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
    each = asyncio.run(_through_the_tap((server.host, server.port), MESSAGES, AMQP, _AMQP,
                                        "amqp://guest:guest@127.0.0.1:{port}/%2F")) / MESSAGES * 1000
    yield Row(f"tap, AMQP, CPU a message at {MESSAGES:,} messages", f"{each:.2f} ms", "<= 0.5 ms", each <= 0.5)
    with tempfile.TemporaryDirectory() as folder, brokers.redis_private(folder) as private:
        book = Book()
        each = asyncio.run(_through_the_tap(("127.0.0.1", private.port), MESSAGES, lambda: Redis(book), _REDIS,
                                            "redis://127.0.0.1:{port}/0")) / MESSAGES * 1000
        yield Row(f"tap, Redis, CPU a message at {MESSAGES:,} messages", f"{each:.2f} ms", "<= 0.4 ms", each <= 0.4)
    brokers.up(["kafka"])
    server, log = brokers.server("kafka"), KafkaBook()
    each = asyncio.run(_through_the_tap((server.host, server.port), MESSAGES, lambda: Kafka(log), _KAFKA,
                                        "127.0.0.1:{port}")) / MESSAGES * 1000
    yield Row(f"tap, Kafka, CPU a message at {MESSAGES:,} messages", f"{each:.3f} ms", "<= 0.1 ms", each <= 0.1)
