"""A tap between a client and a broker that a test holds in its hands, all on one loop; units are lines."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

from helpers.wire import tokens
from helpers.wire.decoder import Observation, Unit
from helpers.wire.events import Journal
from helpers.wire.tap import Tap


async def until(condition: Callable[[], Any], what: str = "the condition") -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        await asyncio.sleep(0.001)


class Lines:
    """The smallest decoder: a line is a unit; "boom" cannot be decoded."""

    def __init__(self) -> None:
        self.conn = 0
        self._held = [b"", b""]
        self._closed = False

    def feed(self, direction: int, data: bytes) -> Iterator[Unit]:
        self._held[direction] += data
        while b"\n" in self._held[direction]:
            line = self._held[direction][:self._held[direction].index(b"\n") + 1]
            if b"boom" in line:
                raise ZeroDivisionError("boom")
            self._held[direction] = self._held[direction][len(line):]
            kind = ("published", "delivered")[direction]
            yield Unit(line, [Observation(kind, tokens.find(line), {"conn": self.conn}, "Line", {"line": line.decode().strip()})])

    def swallow(self, direction: int, unit: Unit) -> tuple[bytes, bytes]:
        return (b"", b"refused\n") if b"answer" in unit.raw else (b"", b"")

    def rest(self, direction: int) -> bytes:
        rest, self._held[direction] = self._held[direction], b""
        return rest

    def lost(self, by: str, text: str) -> list[Observation]:
        return [Observation("closed", data={"by": by, "text": text})]


class Peer(asyncio.Protocol):
    """One end of a connection. `end`: None while it is open, then "fin" or the name of the error."""

    def __init__(self) -> None:
        self.got = bytearray()
        self.end: str | None = None
        self.transport: asyncio.Transport = None  # type: ignore[assignment]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self.got += data

    def connection_lost(self, error: Exception | None) -> None:
        self.end = type(error).__name__ if error else "fin"

    def send(self, data: bytes) -> None:
        self.transport.write(data)


class Bench:
    """`connect` gives the client's end and the broker's."""

    def __init__(self, tap: Tap, journal: Journal, brokers: list[Peer]):
        self.tap, self.journal, self.brokers = tap, journal, brokers

    def accept(self) -> Peer:
        self.brokers.append(Peer())
        return self.brokers[-1]

    async def connect(self) -> tuple[Peer, Peer]:
        before = len(self.brokers)
        client = await self.client()
        await until(lambda: len(self.brokers) > before, "the connection to the broker")
        return client, self.brokers[-1]

    async def client(self) -> Peer:
        _, peer = await asyncio.get_running_loop().create_connection(Peer, "127.0.0.1", self.tap.port)
        return peer

    def lines(self) -> list[str]:
        return [event.data["line"] for event in self.journal.events if "line" in event.data]

    def closed(self) -> list[tuple[str, str]]:
        return [(event.data["by"], event.data["text"]) for event in self.journal.events if event.kind == "closed"]


@asynccontextmanager
async def bench(**options: Any) -> AsyncIterator[Bench]:
    held: list[Bench] = []
    server = await asyncio.get_running_loop().create_server(lambda: held[0].accept(), "127.0.0.1", 0)
    journal = Journal()
    options = {"actor": "consumer", "upstream": server.sockets[0].getsockname(), "decoder": Lines, **options}
    tap = Tap(journal=journal, **options)
    held.append(Bench(tap, journal, []))
    await tap.start()
    try:
        yield held[0]
    finally:
        await tap.close()
        server.close()
        for peer in held[0].brokers:
            if peer.transport is not None:
                peer.transport.abort()
