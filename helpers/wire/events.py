"""One vocabulary of events for three brokers, and the journal that orders them."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TextIO

VERSION = 1

KINDS = frozenset(
    # connection
    "opened closed subscribed cancelled qos polled purged declared method undecoded "
    # a message on its way in
    "published confirmed returned refused "
    # a message on its way out
    "delivered redelivered acknowledged rejected "
    # the shop
    "accepted charged charge_failed "
    # labs with a database: the program tells where it stands; a row is gone; a row as it was at the end; the customer is gone
    "point erased row withdrawn "
    # the runner: processes, faults, brokers
    "started stopped ended killed paused resumed reset restarted fault redriven malformed "
    # the final census
    "dead_lettered expired trimmed queued".split()
)
SOURCES = frozenset({"tap", "shop", "runner", "probe"})


@dataclass(slots=True)
class Event:
    """One observation. `seq` orders events; `t_ns` (monotonic clock) is for display only.

    order: the order's id, or None where the event concerns no order (or several: `data["orders"]`).
    pos:   where the message stood: {"conn", "channel", "tag"} | {"topic", "partition", "offset"} | {"stream", "entry"}.
    frame: the protocol's own name of the frame, e.g. "Basic.Ack".
    """

    seq: int
    t_ns: int
    src: str
    actor: str
    kind: str
    order: str | None = None
    pos: dict[str, Any] | None = None
    frame: str | None = None
    data: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return {
            "v": VERSION, "seq": self.seq, "t_ns": self.t_ns, "src": self.src, "actor": self.actor,
            "kind": self.kind, "order": self.order, "pos": self.pos, "frame": self.frame, "data": self.data,
        }

    @classmethod
    def from_dict(cls, d: dict[str, Any]) -> "Event":
        """Rebuild an event read from events.jsonl. Raises ValueError on another schema version."""
        if d.get("v") != VERSION:
            raise ValueError(f"event schema {d.get('v')!r}, this workbook reads {VERSION}")
        return cls(d["seq"], d["t_ns"], d["src"], d["actor"], d["kind"], d["order"], d["pos"], d["frame"], d["data"])


class Journal:
    """Events in the order in which they were seen; one writer thread (the bench's event loop)."""

    def __init__(self, sink: TextIO | None = None, clock: Callable[[], int] = time.monotonic_ns):
        self.events: list[Event] = []
        self._sink = sink
        self._clock = clock
        self._listeners: list[Callable[[Event], None]] = []
        self.before: Callable[[], None] | None = None
        """Called before an event of the tap or the runner is recorded: it may record what came first."""

    def listen(self, callback: Callable[[Event], None]) -> None:
        """Call `callback(event)` for each later event, inside `record`, before the frame is forwarded."""
        self._listeners.append(callback)

    def flush(self) -> None:
        """Let readers of the file see all events so far."""
        if self._sink is not None:
            self._sink.flush()

    def record(self, src: str, actor: str, kind: str, order: str | None = None, *,
               pos: dict[str, Any] | None = None, frame: str | None = None, **data: Any) -> Event:
        """Append an event and tell the listeners. Raises ValueError for a kind or source outside the vocabulary."""
        if kind not in KINDS or src not in SOURCES:
            raise ValueError(f"not in the vocabulary: {src} {kind}")
        if self.before is not None and src in ("tap", "runner"):
            self.before()
        event = Event(len(self.events), self._clock(), src, actor, kind, order, pos, frame, data)
        self.events.append(event)
        if self._sink is not None:
            self._sink.write(json.dumps(event.as_dict(), separators=(",", ":"), default=str) + "\n")
        for callback in self._listeners:
            callback(event)
        return event
