"""The shop: the outside world of a lab. Its doors, one for each role, speak HTTP (door.py)."""

import json
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, Protocol

from helpers.bench.door import Answer, Door, Request
from helpers.wire import tokens
from helpers.wire.events import Event, Journal

_POINT = "/point/"


class Rules(Protocol):
    """What the scenario makes of a charge (see helpers/bench/injector.py)."""

    def fate(self, order: str) -> tuple[int, float]:
        """(HTTP status, seconds to wait before the effect) of this attempt; 200, 503 or 422."""

    async def linger(self, seconds: float) -> None:
        """A charge takes so long."""

    async def charging(self, role: str, order: str) -> bool:
        """Somebody asks for a charge; True: it does not come about, and nobody is answered."""

    def charge_broke_off(self, role: str, order: str) -> None:
        """That has been recorded."""

    async def charged(self, role: str, order: str) -> bool:
        """The effect has just been recorded; True: the program is dead now, and no answer is to be sent."""

    async def accepted(self, role: str, order: str) -> bool:
        """The promise has just been recorded; True as above."""

    async def pointed(self, role: str, name: str, order: str) -> bool:
        """The program has come to a point of its work; True as above."""


class Shop:
    """Orders to be accepted, the promise given for them, and the charges: each is an event in the journal."""

    def __init__(self, journal: Journal, orders: Sequence[dict[str, Any]], rules: Rules):
        self._journal = journal
        self._orders = {order["id"]: order for order in orders}
        self._rules = rules
        self._accepted: set[str] = set()
        self._keys: set[str] = set()
        self._charged: set[str] = set()
        self.doors: dict[str, Door] = {}
        self.any_path: str | None = None
        """For programs that never heard of the shop: what a POST, PUT or PATCH means, "charges" or "accepted"."""

        self.counts_below: str | None = None
        """Where the path of such a call begins; None: no call means anything."""

        self.look: Callable[[], None] = lambda: None
        """Called at each point, before it is recorded: what the program has committed came first."""
        self._begun: dict[str, set[str]] = {}
        self._withdrawn: set[str] = set()
        self.by_row = False
        """Whether the row is the promise: nobody calls `POST /accepted` then, and a customer whose order breaks off goes away."""

    def on_event(self, event: Event) -> None:
        """The journal's: a promise was given elsewhere, by a row."""
        if self.by_row and event.kind == "accepted":
            self._accepted.add(event.order)
        elif self.by_row and event.kind == "erased" and not event.data["rows"]:
            self._accepted.discard(event.order)

    def break_off(self, role: str) -> None:
        """The program died: whoever waited for it sees an error, and does not come back."""
        for order in self._begun.pop(role, set()) - self._accepted if self.by_row else ():
            self._withdrawn.add(order)
            self._journal.record("shop", role, "withdrawn", order)

    async def open_door(self, role: str) -> Door:
        door = self.doors[role] = Door(self.answer, role)
        await door.open()
        return door

    @property
    def under_way(self) -> int:
        """Charges that the shop is working on."""
        return sum(door.under_way for door in self.doors.values())

    def close(self) -> None:
        for door in self.doors.values():
            door.close()

    async def answer(self, door: Door, request: Request, alive: Callable[[], bool]) -> Answer | None:
        """(status, JSON value or text) for a request; None: no answer, the program is dead."""
        method, path, headers, body = request
        if (method, path) == ("GET", "/orders"):
            self.look()
            open_ = [o for o in self._orders.values() if o["id"] not in self._accepted | self._withdrawn]
            return 200, "".join(json.dumps(o) + "\n" for o in open_)
        if self.any_path and method in ("POST", "PUT", "PATCH"):
            if self.counts_below is None or not path.startswith(self.counts_below):
                return 200, {"result": "done"}
            return await self._foreign(door, path, headers, body, alive)
        if self.any_path and method == "GET":
            asked = tokens.find(path)
            return (200, {"result": "done"}) if asked is None or asked in self._charged else (404, {"error": f"no {asked} here"})
        handlers: dict[tuple[str, str], Callable[..., Awaitable[tuple[int, Any] | None]]] = {
            ("POST", "/accepted"): self._accept, ("POST", "/charges"): self._charge,
        }
        if self.by_row and path == "/accepted":
            return 404, {"error": "there is nothing to accept here: the row in SHOP_DB is the promise"}
        if method == "POST" and path.startswith(_POINT):
            handlers[method, path] = partial(self._point, path.removeprefix(_POINT))
        if (method, path) not in handlers:
            return 404, {"error": f"no {method} {path} here; there are GET /orders, POST /accepted, /charges, /point/NAME"}
        try:
            order = json.loads(body)["id"]
            if not isinstance(order, str):
                raise TypeError
        except (ValueError, KeyError, TypeError):
            return 400, {"error": 'the body must be the order: a JSON object with its "id"'}
        return await handlers[method, path](door, order, headers, alive)

    async def _foreign(self, door: Door, path: str, headers: dict[str, str], body: bytes, alive: Callable[[], bool]):
        orders = tokens.find_all(body) or tokens.find_all(path, *headers.values())
        if not orders:
            return 400, {"error": "no order's id (such as ord-7f3kq2mz4r) in the path, the body or a header"}
        if self.any_path == "charges":
            return await (self._charge(door, orders[0], headers, alive) if len(orders) == 1 else
                          self._charge_together(door, orders, headers, alive))
        answers = [await self._accept(door, order, headers, alive) for order in orders]
        return None if None in answers else answers[-1]

    async def _charge_together(self, door: Door, orders: Sequence[str], headers: dict[str, str], alive: Callable[[], bool]):
        """Several orders in one call: all of them are charged, or none."""
        door.under_way += 1
        try:
            return await self._all_or_none(door, orders, headers.get("idempotency-key"), alive)
        finally:
            if alive():
                door.under_way -= 1

    async def _all_or_none(self, door: Door, orders: Sequence[str], key: str | None, alive: Callable[[], bool]):
        status = max(self._rules.fate(order)[0] for order in orders)
        broken = None
        for order in orders:
            if await self._rules.charging(door.role, order):
                broken, status = order, None
        if not alive():
            return None
        if status != 200:
            for order in orders:
                self._journal.record("shop", door.role, "charge_failed", order, frame="POST /charges", status=status, key=key)
            if broken:
                self._rules.charge_broke_off(door.role, broken)
                return None
            return status, {"error": "unavailable, try again later"}
        replayed = key is not None and key in self._keys
        self._keys |= {key} - {None}
        for order in orders:
            self._journal.record("shop", door.role, "charged", order, frame="POST /charges", key=key, replayed=replayed, waited=0,
                                 **({} if order in self._orders else {"known": False}))
        self._charged.update(orders)
        deaths = [await self._rules.charged(door.role, order) for order in orders if alive()]
        return None if any(deaths) or not alive() else (200, {"result": "charged"})

    async def _accept(self, door: Door, order: str, headers: dict[str, str], alive: Callable[[], bool]):
        first = order not in self._accepted
        self._accepted.add(order)
        self._journal.record("shop", door.role, "accepted", order, frame="POST /accepted",
                             **({} if order in self._orders else {"known": False}))
        if first and await self._rules.accepted(door.role, order):
            return None
        return 200, {"result": "accepted"}

    async def _point(self, name: str, door: Door, order: str, headers: dict[str, str], alive: Callable[[], bool]):
        self.look()
        self._journal.record("shop", door.role, "point", order, frame=f"POST {_POINT}{name}", name=name)
        self._begun.setdefault(door.role, set()).add(order)
        if await self._rules.pointed(door.role, name, order):
            return None
        return 200, {"result": "go on"}

    async def _charge(self, door: Door, order: str, headers: dict[str, str], alive: Callable[[], bool]):
        key = headers.get("idempotency-key")
        status, wait = self._rules.fate(order)
        door.under_way += 1
        try:
            if wait:
                await self._rules.linger(wait)
                if not alive():
                    return None
            known = {} if order in self._orders else {"known": False}
            if await self._rules.charging(door.role, order):
                if alive():
                    self._journal.record("shop", door.role, "charge_failed", order, frame="POST /charges", status=None, key=key)
                    self._rules.charge_broke_off(door.role, order)
                return None
            if status != 200:
                self._journal.record("shop", door.role, "charge_failed", order, frame="POST /charges",
                                     status=status, key=key, **known)
                reason = "unavailable, try again later" if status == 503 else "refused: this order can never be charged"
                return status, {"error": reason}
            replayed = key is not None and key in self._keys
            if key is not None:
                self._keys.add(key)
            self._journal.record("shop", door.role, "charged", order, frame="POST /charges",
                                 key=key, replayed=replayed, waited=wait, **known)
            self._charged.add(order)
            if await self._rules.charged(door.role, order):
                return None
            return 200, {"result": "replayed" if replayed else "charged"}
        finally:
            if alive():
                door.under_way -= 1
