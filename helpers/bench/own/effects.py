"""Effects that nobody tells the bench about: lines in a file, rows in SQLite. They are watched from outside."""

import json
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helpers.bench.own.declaration import Declaration, fill
from helpers.bench.own.template import ORDERS
from helpers.wire import tokens
from helpers.wire.events import Event

if TYPE_CHECKING:
    from helpers.bench.lab import Lab
    from helpers.bench.run import Run


COMMIT_INTERVAL = 5.0
"""Seconds after which clients of Kafka commit by themselves, unless told otherwise (`auto.commit.interval.ms`)."""

_PATIENCE = 2.0
"""Seconds that the last look waits for a lock which a process that is gone may have left to be recovered."""


def watch(lab: "Lab", run: "Run") -> "Watcher | None":
    """Set a run up for a declared program; the watcher where its effect is a line or a row."""
    own = lab.own
    if own is None:
        return None
    kind = "accepted" if own.role == "producer" else "charged"
    run.shop.any_path = "accepted" if own.role == "producer" else "charges"
    run.shop.counts_below = own.path
    if own.hold or own.broker == "kafka":
        run.injector.patience = own.hold + 0.5 if own.hold else COMMIT_INTERVAL + 0.5
    if own.role == "producer":
        (run.folder / ORDERS).write_text("".join(json.dumps(order) + "\n" for order in run.orders))
    if own.effect == "exit":
        run.journal.listen(partial(_ended, run))
    if own.watched is None:
        return None
    known = {order["id"] for order in run.orders}
    seen: set[str] = set()

    def tell(order: str) -> None:
        first = order not in seen
        seen.add(order)
        if kind == "charged" or first:
            run.journal.record("shop", own.role, kind, order, frame=own.effect.partition(":")[0],
                               **({} if order in known else {"known": False}),
                               **({"key": None, "replayed": False, "waited": 0} if kind == "charged" else {}))

    watcher = Watcher(own, str(run.folder / f"{own.role}-state"), tell)
    run.injector.look = watcher.look
    run.injector.undone = lambda order: order not in seen
    return watcher


def _ended(run: "Run", event: Event) -> None:
    """A producer that ends with 0 says that all its orders are on their way."""
    if event.kind == "ended" and event.data.get("status") == 0:
        for order in run.orders:
            if order["id"] not in run.tracker.accepted:
                run.journal.record("runner", event.actor, "accepted", order["id"], frame="exit 0")


class Watcher:
    """`look` tells of each line or row that is new since the last look; what stood there before the run counts for nothing.

    trouble: why the effects could not be read at the end; "" if they could.
    """

    def __init__(self, own: Declaration, state: str, tell: Callable[[str], None]):
        found = own.watched
        path = own.folder / fill(found["file"] or found["db"], {"state": state})
        self._place = _Lines(path) if found["file"] else _Rows(path, found["table"])
        self._tell = tell
        self._looking = False
        self.trouble = ""

    def look(self) -> None:
        if self._looking:  # an effect is being journaled
            return
        self._looking = True
        try:
            for order in self._place.new():
                self._tell(order)
        except (OSError, sqlite3.DatabaseError):
            pass  # locked, or about to be made: at the next look
        finally:
            self._looking = False

    def last_look(self) -> None:
        """The program is gone: this is how it stays."""
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                for order in self._place.new(last=True):
                    self._tell(order)
                return
            except (OSError, sqlite3.DatabaseError) as error:
                if time.monotonic() > end:
                    self.trouble = f"{self._place.path} could not be read: {error}"
                    return
                time.sleep(0.02)

    def close(self) -> None:
        self._place.close()


class _Lines:
    """Ids in whole lines that were added."""

    def __init__(self, path: Path):
        self.path = path
        self._at, self._rest = _size(path), b""

    def new(self, last: bool = False) -> list[str]:
        """`last`: a line without an end counts, too. Raises OSError."""
        size = _size(self.path)
        if size < self._at:
            self._at, self._rest = 0, b""  # it was begun anew
        if size > self._at:
            with self.path.open("rb") as file:
                file.seek(self._at)
                read = file.read()
            self._at += len(read)
            self._rest += read
        *lines, self._rest = self._rest.split(b"\n")
        if last:
            lines, self._rest = [*lines, self._rest], b""
        return [order for line in lines for order in tokens.find_all(line)]

    def close(self) -> None:
        """Nothing is held open."""


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


class _Rows:
    """Ids in rows that were committed. A row that is taken back is no news: what was done was done."""

    def __init__(self, path: Path, table: str):
        self.path, self._table = path, table
        self._connection: sqlite3.Connection | None = None
        self._version: int | None = None
        self._before: Counter[str] = Counter()
        if path.exists():
            self._before = Counter(self._all())

    def new(self, last: bool = False) -> list[str]:
        """Raises sqlite3.DatabaseError where the file is locked, or no database (yet)."""
        if not self.path.exists():
            return []
        rows = Counter(self._all())
        found = [order for order, n in rows.items() for _ in range(n - self._before[order])]
        self._before |= rows
        return found

    def _all(self) -> list[str]:
        """The id of each row; nothing where there is no such table yet."""
        if self._connection is None:
            where = f"{self.path.absolute().as_uri()}?mode=ro"
            self._connection = sqlite3.connect(where, uri=True, timeout=0, isolation_level=None)
        # Changes whenever another connection has committed (SQLite documentation, "PRAGMA data_version").
        version = self._connection.execute("PRAGMA data_version").fetchone()[0]
        if version == self._version:
            return list(self._before.elements())
        there = self._connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", [self._table]).fetchone()
        rows = self._connection.execute(f'SELECT * FROM "{self._table}"').fetchall() if there else []
        self._version = version
        return [order for row in rows for order in _ids(row)]

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()


def _ids(row: tuple[Any, ...]) -> list[str]:
    return tokens.find_all(*(value for value in row if isinstance(value, (str, bytes))))
