"""A tap between the tests' clients and the workbook's RabbitMQ."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import wire_sessions

from helpers.wire.amqp import AMQP
from helpers.wire.events import Event, Journal
from helpers.wire.tap import Tap


@pytest.fixture(scope="session")
def rabbitmq(rabbitmq) -> tuple[str, int]:
    """Host and port of the shared RabbitMQ (guest/guest), stopped afterwards if the tests started it."""
    return rabbitmq.host, rabbitmq.port


class Tapped:
    """A tap on a loop of its own, in another thread: so that blocking clients may run here."""

    def __init__(self, upstream: tuple[str, int], **options: Any):
        self.journal = Journal()
        self.tap = Tap(actor="client", upstream=upstream, journal=self.journal, decoder=AMQP, **options)
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    def call(self, fn: Callable[[], Any]) -> Any:
        """Run fn() on the tap's loop."""
        async def run() -> Any:
            return fn()

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(20)

    def start(self) -> None:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self.tap.start(), self.loop).result(20)

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self.tap.close(), self.loop).result(20)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(20)
        self.loop.close()

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.tap.port}/%2F"

    def seen(self, *kinds: str) -> list[Event]:
        return [event for event in list(self.journal.events) if event.kind in kinds]

    def orders(self, *kinds: str) -> list[str | None]:
        return [event.order for event in self.seen(*kinds)]


@pytest.fixture
def tapped(rabbitmq: tuple[str, int]) -> Iterator[Callable[..., Tapped]]:
    """`tapped(hook=…)`: a started tap in front of RabbitMQ."""
    made: list[Tapped] = []

    def make(**options: Any) -> Tapped:
        made.append(Tapped(rabbitmq, **options))
        made[-1].start()
        return made[-1]

    yield make
    for each in made:
        each.stop()


@pytest.fixture
def direct(rabbitmq: tuple[str, int]) -> Iterator[Any]:
    """A channel to RabbitMQ that no tap sees."""
    connection = wire_sessions.connect("amqp://guest:guest@%s:%d/%%2F" % rabbitmq)
    yield connection.channel()
    if connection.is_open:
        connection.close()


@pytest.fixture(scope="session")
def node_folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A folder with amqplib installed."""
    if missing := wire_sessions.node_missing():
        pytest.skip(missing)
    folder = tmp_path_factory.mktemp("node")
    wire_sessions.node_install(folder)
    return folder
