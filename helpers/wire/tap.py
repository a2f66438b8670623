"""The tap: a listener on loopback that relays each connection to the broker, and journals what it sees.

    tap = Tap(actor="consumer", upstream=("127.0.0.1", 5672), journal=journal, decoder=AMQP, hook=hook)
    await tap.start()          # the program gets amqp://…@127.0.0.1:{tap.port}/…

The hook is called with each event of a unit before the unit is forwarded, and may return an action: DROP, Before(fn) or
After(fn). It applies to the whole unit (an ack with `multiple` is one unit and several events); the first one wins. The
event stays in the journal whatever becomes of its unit. A hook must not itself sever, reset or pause: it returns
Before(tap.sever), so that units of the same buffer that were journaled before are forwarded first.
"""

import asyncio
import struct
import time
from collections.abc import Callable
from typing import Any, BinaryIO

from helpers.wire import chunks as raw
from helpers.wire.actions import DROP, Action, After, Before
from helpers.wire.decoder import Decoder, Observation
from helpers.wire.events import Event, Journal
from helpers.wire.link import Link, Side

__all__ = ["DROP", "Action", "After", "Before", "Tap"]


class Tap:
    """One per program and broker, so that the tap knows who speaks. Lives on the bench's event loop.

    counters:   connections, units, bytes, undecoded.
    incomplete: why the journal may not tell everything; empty if it does.
    swallowed:  seq of each event whose unit was not forwarded (DROP, Before), known before Before's fn is called.
    """

    def __init__(self, *, actor: str, upstream: tuple[str, int], journal: Journal, decoder: Callable[[], Decoder],
                 hook: Callable[[Event], Action | None] | None = None, chunks: BinaryIO | None = None):
        self.actor = actor
        self.upstream = upstream
        self.decoder = decoder
        self.port = 0
        self.counters = {"connections": 0, "units": 0, "bytes": 0, "undecoded": 0}
        self.incomplete: list[str] = []
        self.swallowed: set[int] = set()
        self.links: set[Link] = set()
        self.running = asyncio.Event()  # clear while paused
        self.running.set()
        self._journal = journal
        self._hook = hook
        self._chunks = raw.Writer(chunks) if chunks is not None else None
        self._server: asyncio.Server | None = None
        self._alone = asyncio.Event()
        self._alone.set()

    async def start(self) -> None:
        """Listen. Raises OSError when the kernel has no port to give."""
        self._server = await asyncio.get_running_loop().create_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening, abort every link, wait until their sockets are closed. May be called again."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        for link in list(self.links):
            link.abort()
        await self._alone.wait()
        if server is not None:
            await server.wait_closed()

    def _accept(self) -> Side:
        if self._server is None:  # it was accepted before the tap closed: its socket would never come, and `close` wait for it
            raise ConnectionAbortedError("the tap is closed")
        self.counters["connections"] += 1
        link = Link(self, self.counters["connections"])
        self.links.add(link)
        self._alone.clear()
        return Side(link, 0)

    # --- faults

    def sever(self) -> None:
        """The program was killed: of its links nothing more is relayed or recorded. What was relayed before reaches the
        broker, then the connection ends. New connections are accepted."""
        for link in list(self.links):
            link.sever()

    def reset(self, conn: int | None = None) -> None:
        """Cut all present links, or the one of that number, with a TCP reset on both sides; each is `closed` by "tap"."""
        for link in list(self.links):
            if not link.dead and conn in (None, link.number):
                link.reset()

    def pause(self) -> None:
        """A black hole: sockets stay open, nothing passes, new connections get no answer."""
        self.running.clear()
        for link in self.links:
            link.regulate()

    def resume(self) -> None:
        """Everything held back is relayed."""
        self.running.set()
        loop = asyncio.get_running_loop()
        for link in self.links:
            loop.call_soon(link.catch_up)

    # --- for the links

    def forget(self, link: Link) -> None:
        self.links.discard(link)
        if not self.links:
            self._alone.set()

    def record(self, link: Link, seen: Observation) -> tuple[Event | None, Action | None]:
        """Journal an observation; the event, and what the hook wants done with its unit."""
        data = seen.data
        if seen.kind == "undecoded":
            self.counters["undecoded"] += 1
            self._doubt(f"{self.actor}, connection {link.number}: {data.get('why')}")
        elif seen.kind == "closed":
            data = {**data, "client_silent_s": round((time.monotonic_ns() - link.last_client_ns) / 1e9, 3)}
        event = None
        try:
            event = self._journal.record("tap", self.actor, seen.kind, seen.order, pos=seen.pos, frame=seen.frame, **data)
            return event, self._hook(event) if self._hook is not None else None
        except Exception as error:  # the bench's own failure: the program must not notice it
            self._doubt(f"the bench failed at a {seen.kind} event: {error!r}")
            return event, None

    def call(self, fn: Callable[[], Any]) -> None:
        try:
            fn()
        except Exception as error:
            self._doubt(f"the bench failed at a fault: {error!r}")

    def undecodable(self, link: Link, direction: int, error: Exception) -> None:
        why = str(error) or repr(error)
        self.record(link, Observation("undecoded", data={"conn": link.number, "channel": None, "why": why[:200],
                                                         "by": ("client", "broker")[direction]}))

    def _doubt(self, why: str) -> None:
        if why not in self.incomplete:
            self.incomplete.append(why)

    def chunk(self, link: Link, direction: int, data: bytes) -> None:
        if self._chunks is not None and data:
            self._chunks.write(link.number, direction, data)

    def chunk_swallowed(self, link: Link, direction: int) -> None:
        if self._chunks is not None:
            self._chunks.write(link.number, raw.SWALLOWED, struct.pack(">BI", direction, link.units[direction]))

    def chunk_stop(self, link: Link) -> None:
        if self._chunks is not None:
            self._chunks.write(link.number, raw.STOPPED, struct.pack(">II", *link.units))

    def chunk_end(self, link: Link, by: str, text: str) -> None:
        if self._chunks is not None:
            self._chunks.write(link.number, raw.ENDED, struct.pack(">II", *link.units) + f"{by}\n{text}".encode())
