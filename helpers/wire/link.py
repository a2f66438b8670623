"""One connection through the tap: a program's socket, its twin to the broker, and what may happen between them."""

import asyncio
import socket
import struct
import time
from collections import deque
from typing import TYPE_CHECKING

from helpers.wire.actions import Action, After, Before
from helpers.wire.decoder import BROKER, CLIENT, Unit

if TYPE_CHECKING:
    from helpers.wire.tap import Tap

_DIAL_SECONDS = 5.0
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER: on, 0 seconds
_NAMES = ("client", "broker")


class Side(asyncio.Protocol):
    """One of the link's two sockets."""

    def __init__(self, link: "Link", direction: int):
        self._link, self._direction = link, direction

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._link.made(self._direction, transport)  # type: ignore[arg-type]

    def data_received(self, data: bytes) -> None:
        self._link.received(self._direction, data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._link.lost(self._direction)

    def pause_writing(self) -> None:
        self._link.full[self._direction] = True
        self._link.regulate()

    def resume_writing(self) -> None:
        self._link.full[self._direction] = False
        self._link.regulate()


class Link:
    """`dead`: nothing more is relayed or recorded; what was relayed before still reaches the broker."""

    def __init__(self, tap: "Tap", number: int):
        self._tap = tap
        self.number = number
        self.last_client_ns = time.monotonic_ns()  # the program's last bytes
        self.dead = False
        self.full = [False, False]  # more is waiting to be written to this side than it takes
        self.units = [0, 0]
        self._sides: list[asyncio.Transport | None] = [None, None]
        self._held: tuple[deque[bytes], deque[bytes]] = (deque(), deque())  # received while nothing was relayed
        self._raw = False
        self._dialling: asyncio.Task[None] | None = None
        self._decoder = tap.decoder()
        self._decoder.conn = number
        advertise = getattr(self._decoder, "advertise", None)
        if advertise is not None:
            advertise("127.0.0.1", tap.port, tap.actor)

    # --- the sockets

    def made(self, direction: int, transport: asyncio.Transport) -> None:
        self._sides[direction] = transport
        self.regulate()
        if direction == CLIENT:
            self._dialling = asyncio.ensure_future(self._dial())
            self._dialling.add_done_callback(self._dialled)

    def _dialled(self, task: asyncio.Task[None]) -> None:
        """A task that was cancelled before its first step has run nothing, not even its `finally`."""
        if self._dialling is task:
            self._dialling = None
            if (client := self._sides[CLIENT]) is not None:
                client.abort()
            self._depart()

    async def _dial(self) -> None:
        try:
            await self._tap.running.wait()
            async with asyncio.timeout(_DIAL_SECONDS):
                await asyncio.get_running_loop().create_connection(lambda: Side(self, BROKER), *self._tap.upstream)
        except (OSError, TimeoutError) as error:
            self._finish("network", f"no connection to the broker: {error or type(error).__name__}")
        finally:
            self._dialling = None
            client, broker = self._sides
            if self.dead and broker is not None:
                broker.abort()
            if broker is None and client is not None:
                client.abort()
            self._depart()
        self.catch_up()

    def lost(self, direction: int) -> None:
        self._sides[direction] = None
        other = self._sides[1 - direction]
        if not self.dead:
            if not self._raw:
                self._write(direction, self._decoder.rest(direction))
            self._finish(_NAMES[direction], "connection dropped")
        if other is not None and not other.is_closing():
            if direction == CLIENT:
                self._drain()
            else:
                other.close()
        if self._dialling is not None and self._sides[CLIENT] is None:
            self._dialling.cancel()
        self._depart()

    def _finish(self, by: str, text: str) -> None:
        """The link is at its end, and that is told."""
        if self.dead:
            return
        self._tap.chunk_end(self, by, text)
        for observation in self._decoder.lost(by, text):
            self._tap.record(self, observation)
        self.dead = True

    def _drain(self) -> None:
        """End the connection to the broker as a kernel does: first what was sent, then FIN; what comes back is thrown away.
        (Closing with bytes unread would send a reset.)"""
        broker = self._sides[BROKER]
        if broker is not None and not broker.is_closing():
            broker.write_eof()
            if not broker.is_reading():
                broker.resume_reading()

    def _depart(self) -> None:
        if self._sides == [None, None] and self._dialling is None:
            self._tap.forget(self)

    # --- the flow

    @property
    def _flowing(self) -> bool:
        return self._sides[BROKER] is not None and self._tap.running.is_set()

    def regulate(self) -> None:
        """Read from a side only if the other one takes what it says."""
        for direction, transport in enumerate(self._sides):
            if transport is None or transport.is_closing():
                continue
            wanted = self.dead or (self._flowing and not self.full[1 - direction])
            if wanted != transport.is_reading():
                (transport.resume_reading if wanted else transport.pause_reading)()

    def received(self, direction: int, data: bytes) -> None:
        if self.dead:
            return
        if direction == CLIENT:
            self.last_client_ns = time.monotonic_ns()
        self._tap.counters["bytes"] += len(data)
        if self._held[direction] or not self._flowing:
            self._held[direction].append(data)
        else:
            self._relay(direction, data)

    def catch_up(self) -> None:
        """Relay what was held back."""
        for direction in (CLIENT, BROKER):
            if self._flowing and not self.dead and not self._raw:
                self._relay(direction, b"")  # units of a buffer that a pause cut in two
            while self._held[direction] and self._flowing and not self.dead:
                self._relay(direction, self._held[direction].popleft())
        self.regulate()

    def _relay(self, direction: int, data: bytes) -> None:
        self._tap.chunk(self, direction, data)
        if self._raw:
            self._write(direction, data)
            return
        out: list[bytes] = []
        units = self._decoder.feed(direction, data)
        try:
            for unit in units:
                self.units[direction] += 1
                self._tap.counters["units"] += 1
                told, action = self._tell(unit) if unit.observations else ((), None)
                if self.dead:
                    return
                if action is None:
                    out.append(unit.raw)
                    continue
                back = b""
                if isinstance(action, After):
                    out.append(unit.raw)
                else:
                    self._tap.swallowed.update(told)
                    back = self._swallow(direction, unit, out)
                if isinstance(action, (Before, After)):
                    self._write(direction, b"".join(out))
                    out.clear()
                    self._tap.call(action.fn)
                if back and not self.dead and self._flowing:  # who was killed, or hears nothing any more, is not answered
                    self._write(1 - direction, back)
                if self.dead or not self._flowing:
                    break
        except Exception as error:
            self._write(direction, b"".join(out))
            out.clear()
            self._give_up(direction, error)
        finally:
            units.close()
        if out and not self.dead:
            self._write(direction, out[0] if len(out) == 1 else b"".join(out))

    def _tell(self, unit: Unit) -> tuple[list[int], Action | None]:
        told, action = [], None
        for observation in unit.observations:
            event, wanted = self._tap.record(self, observation)
            if event is not None:
                told.append(event.seq)
            action = wanted if action is None else action
            if self.dead:
                break
        return told, action

    def _swallow(self, direction: int, unit: Unit, out: list[bytes]) -> bytes:
        """Keep the unit back; what its sender is to be answered."""
        self._tap.chunk_swallowed(self, direction)
        onward, back = self._decoder.swallow(direction, unit)
        out.append(onward)
        return back

    def _give_up(self, direction: int, error: Exception) -> None:
        """What cannot be understood is relayed all the same; the program must not notice."""
        self._raw = True
        self._tap.undecodable(self, direction, error)
        for each in (direction, 1 - direction):
            self._write(each, self._decoder.rest(each))

    def _write(self, direction: int, data: bytes) -> None:
        transport = self._sides[1 - direction]
        if data and transport is not None and not transport.is_closing():
            transport.write(data)

    # --- faults

    def sever(self) -> None:
        if not self.dead:
            self.dead = True
            self._tap.chunk_stop(self)
        client = self._sides[CLIENT]
        if client is not None:
            client.abort()
        self._drain()

    def reset(self) -> None:
        self._finish("tap", "reset by the tap")
        for transport in self._sides:
            if transport is None:
                continue
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            if transport is self._sides[BROKER] and transport.get_write_buffer_size():
                transport.close()  # relayed already: flushed first
            else:
                transport.abort()

    def abort(self) -> None:
        if not self.dead:
            self.dead = True
            self._tap.chunk_stop(self)
        if self._dialling is not None:
            self._dialling.cancel()
        for transport in self._sides:
            if transport is not None:
                transport.abort()
