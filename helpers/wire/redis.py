"""Redis as the tap sees it: bytes into units, units into observations. A unit is a command, a reply or a push.

Replies carry no name: they answer commands in the order in which these were sent, but for what comes in between
(messages and pushes), what is answered more than once (SUBSCRIBE) or not at all (CLIENT REPLY), and what is answered
"QUEUED" first and by EXEC in the end. Commands of a transaction are told with its EXEC.

Swallowing keeps the pairing. In place of a swallowed acknowledgement Redis gets a PING (in place of EXEC a DISCARD), and
the program the answer that it expects: it believes the entry acknowledged, Redis still has it pending. Where an answer
would be untrue (a message that was never added), or was itself swallowed, nothing more comes back on that connection:
without numbers on replies, a lost one cannot look like anything else. A swallowed message of Pub/Sub is just missing.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from helpers.wire.decoder import CLIENT, Observation, Undecodable, Unit
from helpers.wire.redis_book import Book
from helpers.wire.redis_calls import SUBSCRIBES, UNSUBSCRIBES, Call, Session, text
from helpers.wire.redis_commands import asked, forged
from helpers.wire.redis_deliveries import message
from helpers.wire.redis_replies import answered, failed
from helpers.wire.resp import Failure, Push, Stream, encode

_MESSAGES = frozenset({b"message", b"pmessage", b"smessage"})
_AT_ONCE = frozenset("EXEC DISCARD MULTI WATCH QUIT RESET".split())  # not queued in a transaction
_MONITORED = re.compile(rb"\+\d+\.\d+ \[")
_PREFIX = {"SUBSCRIBE": "", "PSUBSCRIBE": "P", "SSUBSCRIBE": "S", "UNSUBSCRIBE": "", "PUNSUBSCRIBE": "P", "SUNSUBSCRIBE": "S"}


class Redis:
    """`decoder.Decoder` for RESP2 and RESP3. Connections of one run share a book."""

    def __init__(self, book: Book | None = None) -> None:
        self._session = Session(book or Book())
        self._streams = (Stream(requests=True), Stream(requests=False))
        self._last: Call | None = None  # the command of the last unit from the client
        self._unpaired = False  # whether the last unit from the broker answered no command
        self._foreign = ""  # why from here on it is no longer commands and replies

    @property
    def conn(self) -> int:
        return self._session.conn

    @conn.setter
    def conn(self, number: int) -> None:
        self._session.conn = number

    def feed(self, direction: int, data: bytes) -> Iterator[Unit]:
        stream = self._streams[direction]
        if data:
            stream.add(data)
        take = self._request if direction == CLIENT else self._reply
        while True:
            if self._foreign:
                raise Undecodable(self._foreign)
            found = stream.take()
            if found is None:
                return
            yield take(*found)

    def rest(self, direction: int) -> bytes:
        return self._streams[direction].rest()

    def lost(self, by: str, why: str) -> list[Observation]:
        if self._session.closed:
            return []
        self._session.closed = True
        return [self._closed(by, why)]

    def _closed(self, by: str, why: str) -> Observation:
        return Observation("closed", None, None, None, {"scope": "connection", "by": by, "code": None, "text": why,
                                                        "conn": self.conn})

    # --- commands

    def _request(self, raw: bytes, arguments: Sequence[bytes]) -> Unit:
        if not arguments:
            self._last = None
            return Unit(raw)  # nothing, and answered by nothing
        session, call = self._session, Call(arguments)
        self._last = call
        told = [] if session.greeted else [self._opened(call)]
        session.greeted = True
        self._expect(call)
        try:
            told += self._tell(call)
        except Exception as error:  # a command that Redis will refuse as well, or one newer than this
            told.append(self._puzzled(f"{call.name}: {error!r}"))
        return Unit(raw, told)

    def _opened(self, call: Call) -> Observation:
        hello = call.name == "HELLO" and call.args[:1] == [b"3"]
        return Observation("opened", None, None, call.name, {"conn": self.conn, "proto": 3 if hello else 2})

    def _expect(self, call: Call) -> None:
        """Whether, and among which, an answer will come."""
        session = self._session
        if session.multi is not None and call.name not in _AT_ONCE:
            call.queued = True
        elif call.name == "CLIENT REPLY":
            how = call.args[0].upper() if call.args else b""
            if how == b"ON":
                session.replies, session.skip = True, False
            elif how == b"OFF":
                session.replies = False
            elif how == b"SKIP":
                session.skip, call.silent = session.replies, True
        call.silent |= not session.replies
        if session.skip and call.name != "CLIENT REPLY":
            call.silent, session.skip = True, False
        if not call.silent:
            session.calls.append(call)

    def _tell(self, call: Call) -> list[Observation]:
        session = self._session
        if call.queued:
            session.multi.append(call)
            return []
        match call.name:
            case "MULTI":
                session.multi = session.multi or []
            case "DISCARD":
                session.multi = None
            case "EXEC":
                call.inner, session.multi = session.multi or [], None
                number = f"{self.conn}.{session.book.number()}"
                return [seen for each in call.inner for seen in asked(session, each, number)]
            case "RESET":
                session.multi, session.replies, session.skip = None, True, False
                if call.silent:
                    session.calls.append(call)
                    call.silent = False
            case "QUIT":
                session.closed = True
                return [self._closed("client", "QUIT")]
            case "SYNC" | "PSYNC":
                self._foreign = "a replica's stream"
            case _:
                return asked(session, call)
        return []

    def _puzzled(self, why: str) -> Observation:
        return Observation("undecoded", None, None, None, {"conn": self.conn, "channel": None, "why": why[:200]})

    # --- replies

    def _reply(self, raw: bytes, value: Any) -> Unit:
        session = self._session
        self._unpaired = True
        if isinstance(value, Push) or (session.subscribed and session.proto == 2 and self._is_message(value)):
            told = self._guarded(self._pushed, value)
        elif session.monitor and _MONITORED.match(raw):
            told = []
        elif not session.calls:
            told = [] if isinstance(value, Failure) else [self._puzzled("a reply that nobody asked for")]
        else:
            self._unpaired = False
            call = session.calls[0]
            told = self._guarded(self._answer, call, value)
            if call.mute:
                session.muted = True
            if call.forged is not None and not isinstance(value, Failure):
                raw, told = call.forged, []
        return Unit(b"") if session.muted else Unit(raw, told)

    def _guarded(self, tell: Any, *arguments: Any) -> list[Observation]:
        try:
            return tell(*arguments)
        except Exception as error:
            return [self._puzzled(f"a reply: {error!r}")]

    @staticmethod
    def _is_message(value: Any) -> bool:
        return isinstance(value, list) and len(value) > 2 and value[0] in _MESSAGES

    def _pushed(self, value: list) -> list[Observation]:
        kind = text(value[0]).upper() if value and isinstance(value[0], bytes) else ""
        if self._is_message(value):
            return [message(self._session, value)]
        if kind in _PREFIX:
            calls = self._session.calls
            if calls and calls[0].name == kind:  # RESP3 confirms by a push, in its turn
                return self._answer(calls[0], value)
            return self._subscription(kind, value)
        return []  # invalidations and the like

    def _answer(self, call: Call, value: Any) -> list[Observation]:
        """The reply to the command that has waited longest."""
        session = self._session
        if call.name in _PREFIX and not call.queued and isinstance(value, list):
            told = self._subscription(call.name, value)
            whole = call.left == 1 or (call.left is None and not session.channels[_PREFIX[call.name]])
            call.left = call.left - 1 if call.left else None
            if whole:
                session.calls.popleft()
            return told
        session.calls.popleft()
        if call.queued:
            if isinstance(value, Failure) and session.multi and call in session.multi:
                session.multi.remove(call)
            return []
        if call.name == "EXEC":
            return self._executed(call, value)
        if isinstance(value, Failure) and call.name == "MULTI" and "nested" not in value:
            session.multi = None
        elif call.name == "RESET":
            session.proto, session.subscribed, session.monitor = 2, False, False
            for names in session.channels.values():
                names.clear()
        elif call.name == "MONITOR" and not isinstance(value, Failure):
            session.monitor = True
        return answered(session, call, value)

    def _executed(self, call: Call, value: Any) -> list[Observation]:
        if value is None:
            return failed(self._session, call, "EXEC: what was watched has changed")
        if isinstance(value, Failure):
            return failed(self._session, call, value)
        return [seen for each, one in zip(call.inner or (), value) for seen in answered(self._session, each, one)]

    def _subscription(self, name: str, value: list) -> list[Observation]:
        session, prefix = self._session, _PREFIX[name]
        channel, names = value[1], session.channels[prefix]
        if name in UNSUBSCRIBES:
            names.discard(channel)
        elif channel is not None:
            names.add(channel)
        session.subscribed = any(session.channels.values())
        if channel is None:
            return []
        kind = "subscribed" if name in SUBSCRIBES else "cancelled"
        which = {"": "channels", "P": "patterns", "S": "channels"}[prefix]
        return [Observation(kind, None, {"conn": self.conn}, name, {"conn": self.conn, which: [text(channel)]})]

    # --- faults

    def swallow(self, direction: int, unit: Unit) -> tuple[bytes, bytes]:
        if direction != CLIENT:
            self._session.muted |= not self._unpaired
            return b"", b""
        call = self._last
        if call is None or call.queued:
            return unit.raw, b""
        call.withdraw()
        answer = forged(call)
        if call.silent:
            return b"" if call.name != "EXEC" else encode("DISCARD"), b""
        if answer is None:
            call.mute = True
        call.forged = answer
        return encode("DISCARD" if call.name == "EXEC" else "PING"), b""
