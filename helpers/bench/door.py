"""HTTP on the bench's own event loop: a port of its own for each role, whose requests count as long as its program lives."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import h11

Request = tuple[str, str, dict[str, str], bytes]
"""Method, path, headers, body."""
Answer = tuple[int, Any]
"""Status, JSON value or text."""
Answers = Callable[["Door", Request, Callable[[], bool]], Awaitable[Answer | None]]
"""Answers a request; the last argument: whether the program that asked still lives. None: no answer is to be sent."""

_MAX_BODY = 1 << 20
_BARRIER = 3
"""Turns of the event loop before a request counts, so that what the program sent to its broker earlier is seen first."""


class Door:
    """One role's way into the shop: a port of its own, so that the shop knows who asks."""

    def __init__(self, answer: Answers, role: str):
        self._answer, self.role = answer, role
        self.url = ""
        self.requests = 0
        self.under_way = 0
        self._server: asyncio.Server | None = None
        self._life = object()
        self._writers: set[asyncio.StreamWriter] = set()

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = "http://127.0.0.1:%d" % self._server.sockets[0].getsockname()[1]

    def sever(self) -> None:
        """The program was killed: nothing of what it has asked and not yet got counts any more."""
        self._life = object()
        self.under_way = 0
        for writer in self._writers:
            writer.transport.abort()

    def close(self) -> None:
        self.sever()
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        life = self._life
        self._writers.add(writer)
        http = h11.Connection(h11.SERVER)
        try:
            while life is self._life:
                request = await _next_request(http, reader)
                if request is None:
                    break
                for _ in range(_BARRIER):
                    await asyncio.sleep(0)
                if life is not self._life:
                    break
                self.requests += 1
                answer = await self._answer(self, request, lambda: life is self._life)
                if answer is None or life is not self._life:
                    break
                _send(http, writer, *answer)
                await writer.drain()
                if http.our_state is h11.MUST_CLOSE:
                    break
                http.start_next_cycle()
        except h11.RemoteProtocolError as error:
            if http.our_state in (h11.IDLE, h11.SEND_RESPONSE):
                _send(http, writer, 400, {"error": f"not HTTP: {error}"})
        except ConnectionError:
            pass
        finally:
            self._writers.discard(writer)
            writer.close()


async def _next_request(http: h11.Connection, reader: asyncio.StreamReader) -> Request | None:
    """(method, path, headers, body); None at the end of the connection. Raises h11.RemoteProtocolError."""
    head, body = None, bytearray()
    while True:
        event = http.next_event()
        if event is h11.NEED_DATA:
            http.receive_data(await reader.read(1 << 16))
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > _MAX_BODY:
                raise h11.RemoteProtocolError("a body of more than 1 MB")
        elif isinstance(event, h11.EndOfMessage):
            headers = {name.decode().lower(): value.decode("latin-1") for name, value in head.headers}
            return head.method.decode(), head.target.decode().split("?")[0], headers, bytes(body)
        else:
            return None


def _send(http: h11.Connection, writer: asyncio.StreamWriter, status: int, value: Any) -> None:
    text = isinstance(value, str)
    body = (value if text else json.dumps(value) + "\n").encode()
    kind = "application/x-ndjson" if text else "application/json"
    head = h11.Response(status_code=status, headers=[("Content-Type", kind), ("Content-Length", str(len(body)))])
    writer.write(http.send(head) + http.send(h11.Data(data=body)) + http.send(h11.EndOfMessage()))
