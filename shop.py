"""The outside world of a lab, for programs in Python: orders come in, charges go out.

    from shop import orders, accept, charge

Plain HTTP on loopback underneath (SHOP_URL), so that a program in any language can do the same:
`GET /orders`, `POST /accepted`, `POST /charges`, `POST /point/NAME`.
"""

import http.client
import json
import os
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

__all__ = ["orders", "accept", "charge", "point", "Unavailable", "Refused"]

_local = threading.local()


class Unavailable(Exception):
    """503: the shop cannot charge just now. Try again later."""


class Refused(Exception):
    """422: this order can never be charged. Trying again is useless."""


def orders() -> Iterator[dict[str, Any]]:
    """The orders that have not been accepted yet: dicts of `id`, `n`, `customer`, `amount`."""
    status, body = _request("GET", "/orders")
    _expect(status, body, "GET /orders")
    for line in body.splitlines():
        yield json.loads(line)


def accept(order: dict[str, Any]) -> None:
    """Promise the customer that the order is safe."""
    status, body = _request("POST", "/accepted", order)
    _expect(status, body, "accept")


def charge(order: dict[str, Any], key: str | None = None) -> str:
    """Charge the order; returns "charged", or "replayed" where this `key` has been charged before.

    Raises Unavailable (try again later) or Refused (never will be).
    """
    status, body = _request("POST", "/charges", order, {"Idempotency-Key": key} if key is not None else {})
    if status == 503:
        raise Unavailable(f"order {order.get('n', '?')}: the shop cannot charge just now (503)")
    if status == 422:
        raise Refused(f"order {order.get('n', '?')}: the shop refuses to charge it (422)")
    _expect(status, body, "charge")
    return json.loads(body)["result"]


def point(name: str, order: dict[str, Any]) -> None:
    """Tell the bench how far the work on an order has come (labs with a database). It may kill the program there and then."""
    status, body = _request("POST", f"/point/{name}", order)
    _expect(status, body, f"point({name!r})")


def _expect(status: int, body: str, what: str) -> None:
    if status != 200:
        raise RuntimeError(f"{what}: the shop answered {status}: {body.strip()[:200]}")


def _request(method: str, path: str, payload: Any = None, headers: dict[str, str] | None = None) -> tuple[int, str]:
    url = os.environ.get("SHOP_URL")
    if not url:
        raise RuntimeError(
            "the shop is open only while a lab is checked: put the program in a cell that begins with "
            "%%check (or run `python -m helpers check LAB FILE`), and the bench starts it with SHOP_URL set"
        )
    connection = getattr(_local, "connection", None)
    if connection is None or _local.pid != os.getpid():
        connection = _local.connection = http.client.HTTPConnection(urlsplit(url).netloc)
        _local.pid = os.getpid()
    body = None if payload is None else json.dumps(payload)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json", **(headers or {})})
        response = connection.getresponse()
        return response.status, response.read().decode()
    except Exception:
        # A charge must not be sent twice behind the program's back: drop the connection, let the caller decide.
        connection.close()
        _local.connection = None
        raise
