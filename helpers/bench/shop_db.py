"""The shop's database, in labs whose effect is a row: made anew for each run, and watched from outside."""

import math
import sqlite3
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpers.wire.events import Journal

_PATIENCE = 2.0
"""Seconds that the last look waits for a lock which a process that is gone may have left to be recovered."""


@dataclass(frozen=True)
class _Kept:
    """What stands in the table for one order: so many rows, and their amounts in sum."""

    rows: int = 0
    total: float = 0.0


class ShopDB:
    """A SQLite file with one empty table `table(order_id TEXT NOT NULL, amount REAL NOT NULL)`, without any key.

    `look` journals what has been committed since the last look: a row more as `kind` ("charged", or "accepted" where the row
    is the promise), a row less as `erased`. It is called before each event of the wire and each point, so that the journal
    has a commit before what the program did next.
    The file is in WAL mode: who reads never makes a writer wait (SQLite documentation, "Write-Ahead Logging").
    trouble: why the table could not be read at the end; "" if it could.
    """

    def __init__(self, path: Path, table: str, journal: Journal, actor: str, orders: Sequence[Mapping[str, Any]],
                 kind: str = "charged"):
        self.path, self.table = path, table
        self.trouble = ""
        self._journal, self._actor, self._kind = journal, actor, kind
        self._amounts = {order["id"]: order["amount"] for order in orders}
        self._kept: dict[str, _Kept] = {}
        self._version: int | None = None
        self._connection = sqlite3.connect(path, isolation_level=None, timeout=0)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute(f"CREATE TABLE {table} (order_id TEXT NOT NULL, amount REAL NOT NULL)")

    def look(self) -> None:
        """Journal what is new. Whoever holds the file locked is looked at next time."""
        try:
            self._look()
        except sqlite3.DatabaseError:
            return

    def last_look(self) -> None:
        """The programs are gone: this is how it stays. Also journals each row whose amount is not the order's."""
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                self._look()
                break
            except sqlite3.DatabaseError as error:
                if time.monotonic() > end:
                    self.trouble = f"the table {self.table} in SHOP_DB could not be read: {error}"
                    return
                time.sleep(0.02)
        for order, kept in self._kept.items():
            if amiss := self._amiss(kept, self._amounts.get(order)):
                self._journal.record("probe", self._actor, "row", order, frame=self.table, amiss=amiss)

    def _amiss(self, kept: _Kept, amount: float | None) -> str:
        """What is wrong with the row of an order; "" where nothing is. A second charge is a second effect, no wrong row."""
        promise = self._kind == "accepted"
        if amount is None or not (kept.rows == 1 or (promise and kept.rows)):
            return "No order has this id." if promise and kept.rows else ""
        if kept.rows > 1:
            return f"It stands there {kept.rows} times."
        right = math.isclose(kept.total, amount, rel_tol=1e-6) if promise else _charges(kept.total, amount)
        return "" if right else f"The row says amount {kept.total:g}, the order {amount:g}."

    def close(self) -> None:
        self._connection.close()

    def _look(self) -> None:
        # Changes whenever another connection has committed (SQLite documentation, "PRAGMA data_version").
        version = self._connection.execute("PRAGMA data_version").fetchone()[0]
        if version == self._version:
            return
        # total() takes for 0 what is no number, where sum() may fail.
        rows = self._connection.execute(
            f"SELECT order_id, count(*), total(amount) FROM {self.table} GROUP BY order_id ORDER BY max(rowid)").fetchall()
        self._version = version
        now = {str(order): _Kept(count, total) for order, count, total in rows}
        for order in [*now, *(gone for gone in self._kept if gone not in now)]:
            self._tell(order, self._kept.get(order, _Kept()), now.get(order, _Kept()))
        self._kept = now

    def _tell(self, order: str, was: _Kept, now: _Kept) -> None:
        known = {} if order in self._amounts else {"known": False}
        for _ in range(now.rows - was.rows):
            self._journal.record("shop", self._actor, self._kind, order, frame=f"row in {self.table}", rows=now.rows, **known)
        for _ in range(was.rows - now.rows):
            self._journal.record("shop", self._actor, "erased", order, frame=f"row in {self.table}", rows=now.rows, **known)
        amount = self._amounts.get(order) if self._kind == "charged" else None
        if now.rows == was.rows and amount and _charges(now.total, amount) > max(1, _charges(was.total, amount)):
            self._journal.record("shop", self._actor, "charged", order, frame=f"row in {self.table}", rows=now.rows, raised=True,
                                 total=round(now.total, 2))


def _charges(total: float, amount: float) -> int:
    """How often the amount is in the total."""
    return round(total / amount) if _multiple_of(total, amount) else 0


def _multiple_of(total: float, amount: float) -> bool:
    times = round(total / amount) if amount else 0
    return times > 0 and math.isclose(total, times * amount, rel_tol=1e-6)


def sequence(orders: Sequence[dict[str, Any]], sent: Sequence[int]) -> list[dict[str, Any]]:
    """The orders as they are sent, by their `n`; all of them, in order, where nothing else is asked."""
    by_number = {order["n"]: order for order in orders}
    return [by_number[n] for n in sent] if sent else list(orders)
