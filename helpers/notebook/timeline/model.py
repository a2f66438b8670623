"""The one layout of a run: events in, places out. The still picture and the live one both draw what stands here.

x is in steps (see steps.py), y in lanes: a lane's number, and a share of the way to the next one below it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from helpers.bench.report import Report
from helpers.notebook.timeline.steps import WEIGHTS, Steps
from helpers.notebook.timeline.words import MARKS, where
from helpers.wire.events import Event

ROUNDS = 4
"""Times that one order's coming and going is drawn; what goes round more often would bury all else."""
ROUND = frozenset({"delivered", "redelivered", "rejected", "charge_failed"})
FOLDED = ROUND | {"published", "confirmed", "returned", "acknowledged"}
TO_CONSUMER, TO_SHOP = 6.0, 2.5
"""Steps that a line slants at most; before, it waits on its lane. So a queue is a thick lane and not a fan of lines."""
PRODUCER, BROKER = 0, 1
RANK = {"producer": 0, "broker": 1, "consumer": 2, "shop": 3}
PLAIN, AWAY = 0, 1
"""Styles of a line: an order on its way; an order that goes back to the broker, unseen."""
AT_BROKER = frozenset({"queued", "dead_lettered", "expired", "trimmed"})
LOST_BELOW, HALF_WAY = 0.36, 0.5
KEYS = ("lanes", "orders", "events", "lines", "marks", "gaps", "more")


class Model:
    """Takes events as they come; `as_dict()` is the whole, `news()` what came since the last `news()`.

    lanes:  {id, label, role}                      in the order in which they are drawn
    orders: {id, n, status, again, left}                 by index; status: "", "lost", "twice", "odd" (ordered by nobody);
                                                   again: how often it was delivered again; left: in the queue at the end
    events: [x, microseconds, order, lane, kind, frame, note, charge]   order and lane: -1 for none
    lines:  [order, x0, lane0, x1, lane1, style]
    marks:  [x, lane, kind, event, who]            kills, resets, restarts: `event` is the index of its row
    gaps:   [lane, x0, x1, seconds]
    more:   [order, event]                         rows that belong to an order's story too: the kill of who held it
    """

    def __init__(self, steps: Steps | None = None, run: int = 0):
        self.steps = steps or Steps()
        self.lanes: list[dict[str, Any]] = []
        self.orders: list[dict[str, Any]] = []
        self.events: list[list[Any]] = []
        self.lines: list[list[Any]] = []
        self.marks: list[list[Any]] = []
        self.gaps: list[list[Any]] = []
        self.more: list[list[int]] = []
        self.crosses: list[list[float]] = []
        self.folded: Counter[int] = Counter()
        self.dropped: set[int] = set()
        self.began: int | None = None
        self._run = run
        self._lane_of: dict[str, int] = {}
        self._number: dict[str, int] = {}
        self._here: dict[int, tuple[int, float]] = {}
        self._holder: dict[int, str] = {}
        self._owed: dict[int, set[str]] = {}
        self._had: dict[int, set[str]] = defaultdict(set)
        self._groups: dict[str, Any] = {}
        self._last: dict[int, tuple[float, int]] = {}
        self._rounds: Counter[tuple[int, str]] = Counter()
        self._charges: Counter[int] = Counter()
        self.effect = "charged"
        self._row: dict[int, int] = {}
        self._sent: Counter[str] = Counter()
        for label, role in (("producer", "producer"), ("broker", "broker"), ("shop", "shop")):
            self._lane(label, role)

    # --- taking events in

    def feed(self, events: Iterable[Event]) -> None:
        """Events of one run, in order."""
        for event in events:
            self.take(event, self.since(event))

    def since(self, event: Event) -> int:
        """Nanoseconds since the run began: since the first program was started, as far as it is known."""
        if event.kind == "started" and self.began is None:
            self._begin(event.data.get("began_ns") or event.t_ns)
        if self.began is None:
            return event.t_ns
        return event.t_ns - self.began

    def _begin(self, at: int) -> None:
        """Until now times were the clock's own; those that stand already are moved with the rest."""
        self.began = at
        for row in self.events:
            row[1] -= at // 1000
        self.steps.moved(at)
        self._sent["events"] = 0

    def take(self, event: Event, time: int) -> None:
        kind = event.kind
        if kind == "fault":
            for row in (self._row[s] for s in event.data.get("swallowed", ()) if s in self._row):
                self._drop(row)
        if kind == "subscribed" and event.data.get("group"):
            self._groups[event.actor] = event.data["group"]
        order = self._order(event.order) if event.order and kind in WEIGHTS else -1
        drawn = order >= 0 if kind not in MARKS else self._is_mark(event)
        if drawn and order >= 0 and kind in FOLDED:
            self._rounds[order, kind] += 1
            if self._rounds[order, kind] > ROUNDS:
                self.folded[order] += 1
                return
        aside = event.actor == "bench" and kind != "published"
        if drawn and aside:
            x, gap = self.steps.at, None  # the bench's own care: told, but no step and no line
        else:
            x, gap = self.steps.place(event, time, drawn, self._run)
        if gap:
            self.gaps.append([self._lane_of.get(gap.actor, BROKER), gap.start, gap.end, round(gap.seconds, 3)])
            self.marks.append([gap.end, self._lane_of.get(gap.actor, BROKER), "back", -1, gap.actor])
        if not drawn:
            return
        lane = self._actor(event.actor) if not (aside and kind in ROUND) else BROKER
        self._row[event.seq] = len(self.events)
        row = [x, time // 1000, order, lane, kind, event.frame or "", where(event), 0]
        self.events.append(row)
        if kind in MARKS:
            self.marks.append([x, lane, kind, len(self.events) - 1, event.actor])
            if kind in ("killed", "ended", "reset"):
                self._dies(event.actor, len(self.events) - 1)
        elif not (aside and kind in ROUND):
            self._line(event, order, x, lane, row)
        else:
            row[6] = f"{row[6]}, to a consumer that is gone".lstrip(", ")

    def _drop(self, row: int) -> None:
        """What was written down and then not let through: a publish ends half-way."""
        self.dropped.add(row)
        x, _, order, lane, kind, *_ = self.events[row]
        for k in range(len(self.lines) - 1, -1, -1):
            if kind == "published" and lane == PRODUCER and self.lines[k][:3] == [order, x, lane]:
                self.lines[k][3:5] = [x + 0.2, lane + HALF_WAY]
                self._sent["lines"] = min(self._sent["lines"], k)
                self._here.pop(order, None)
                self._last[order] = (x, lane)
                return

    def _is_mark(self, event: Event) -> bool:
        """A connection's end and a program's are worth a mark where they were not asked for."""
        if event.kind == "closed":
            return event.data.get("by") == "broker" and bool(event.data.get("code")) and event.data.get("code") != 200
        if event.kind == "ended":
            return event.data.get("status") != 0
        return event.actor != "bench"

    def _dies(self, actor: str, row: int) -> None:
        """It belongs to the story of each order that it had in its hands: delivered, and not both charged and settled."""
        held = {o for o, holder in self._holder.items() if holder == actor and self._owed.get(o)}
        if actor == "broker":
            held |= {o for o, (lane, _) in self._here.items() if lane == BROKER or self._owed.get(o)}
        self.more += [[order, row] for order in sorted(held)]
        for order in held:
            self._owed.pop(order, None)

    # --- drawing one order on

    def _line(self, event: Event, order: int, x: float, lane: int, row: list[Any]) -> None:
        kind, entry = event.kind, self.orders[order]
        here = self._here.get(order)
        if kind == "published":
            self.lines.append([order, x, lane, x + 0.4, BROKER, PLAIN])
            self._had.pop(order, None)  # a new copy
            self._here[order] = (BROKER, x + 0.4)
        elif kind in ("delivered", "redelivered"):
            again = kind == "redelivered" or self._had_before(order, event.actor)
            entry["again"] += again
            row[7] = 1 if again else 0
            if here and here[0] != BROKER:
                here = self._goes_back(order, here, x)
            left = here[1] if here else x - TO_CONSUMER
            self._wait(order, BROKER, left, x, TO_CONSUMER, lane)
            self._here[order] = (lane, x)
            self._holder[order] = event.actor
            self._owed[order] = {"charged"} if event.data.get("auto_ack") else {"charged", "settled"}
            self._had[order].add(event.actor)
        elif kind in ("charged", "charge_failed"):
            shop = self._lane_of["shop"]
            replayed = bool(event.data.get("replayed"))
            if kind == "charged" and not replayed:
                self._charges[order] += 1
                row[7] = self._charges[order]
                if self._charges[order] > 1 and not entry["status"]:
                    entry["status"] = "twice"
            left = here[1] if here and here[0] == lane else x - TO_SHOP
            self._wait(order, lane, left, x, TO_SHOP, shop)
            self._here[order] = (lane, max(left, x - TO_SHOP))
            row[3] = shop
            if kind == "charged":
                self._owed.get(order, set()).discard("charged")
        elif kind in ("acknowledged", "rejected"):
            if here and here[0] == lane and x > here[1]:
                self.lines.append([order, here[1], lane, x, lane, PLAIN])
                self._here[order] = (lane, x)
            self._owed.get(order, set()).discard("settled")
        elif kind in AT_BROKER:
            if here and here[0] not in (BROKER, PRODUCER):
                here = self._goes_back(order, here, x)
            row[3] = BROKER
        elif kind == "accepted" and event.src == "shop":
            row[3] = self._lane_of["shop"]
        if kind == "accepted":
            self._last.setdefault(order, (x, lane))  # promised, and never seen on the wire so far
        else:
            self._last[order] = (x, row[3] if kind != "published" else BROKER)

    def _wait(self, order: int, lane: int, left: float, x: float, slant: float, to: int) -> None:
        bend = max(left, x - slant)
        if bend > left:
            self.lines.append([order, left, lane, bend, lane, PLAIN])
        self.lines.append([order, bend, lane, x, to, PLAIN])

    def _goes_back(self, order: int, here: tuple[int, float], x: float) -> tuple[int, float]:
        """What came again went back to the broker before: when its holder died, else unseen, just before it came."""
        lane, left = here
        gap = next((g for g in reversed(self.gaps) if left <= g[2] <= x), None)
        start, end = (max(gap[1], left), gap[2]) if gap else (left, max(left, x - TO_SHOP))
        if start > left:
            self.lines.append([order, left, lane, start, lane, PLAIN])
        self.lines.append([order, start, lane, end, BROKER, AWAY])
        return BROKER, end

    def _had_before(self, order: int, actor: str) -> bool:
        """Whether this delivery is one more of the same copy: two groups each get a copy of their own."""
        return any(a == actor or self._groups.get(a) == self._groups.get(actor) for a in self._had[order])

    # --- the end of a run

    def finish(self, report: Report) -> None:
        """The report's numbers and verdicts take the place of what could be seen on the way."""
        o, self.effect = report.orders, report.effect
        found = {"odd": set(o.unexpected), "lost": set(o.lost), "twice": set(o.duplicated)}
        for order in report.numbers:
            self._order(order)
        self.crosses = []
        for k, entry in enumerate(self.orders):
            entry["n"] = report.numbers.get(entry["id"], len(report.numbers) + 1)
            entry["left"] = entry["id"] in o.left_over
            entry["status"] = next((status for status, ids in found.items() if entry["id"] in ids), "")
            if entry["status"] == "lost":
                x, lane = self._last.get(k, (self.steps.at, PRODUCER))
                if lane == self._lane_of["shop"]:
                    lane = self._here.get(k, (lane, x))[0]
                self.crosses.append([k, x, lane + LOST_BELOW])

        if report.cause and report.cause.orders:
            self._prove(report.cause.orders[0], report.cause.events)

    def _prove(self, ident: str, seqs: Sequence[int]) -> None:
        """What proves a finding belongs to the story of its first order: the broker's closing, say."""
        order = self._order(ident)
        rows = {self._row[seq] for seq in seqs if seq in self._row}
        told = {row for k, row in self.more if k == order}
        self.more += [[order, row] for row in sorted(rows - told) if self.events[row][2] < 0]

    # --- giving out

    def as_dict(self) -> dict[str, Any]:
        """Everything, as JSON can hold it."""
        return {key: getattr(self, key) for key in KEYS if key != "lanes"} | self._small()

    def news(self) -> dict[str, Any]:
        """Rows since the last call, and from which row on; what is small is given whole."""
        new = {key: getattr(self, key)[self._sent[key]:] for key in KEYS if key != "lanes"}
        start = {key: self._sent[key] for key in new}
        self._sent.update({key: len(getattr(self, key)) - self._sent[key] for key in new})
        changed = {str(k): [o["status"], o["again"]] for k, o in enumerate(self.orders) if o["status"] or o["again"]}
        return new | {"from": start, "changed": changed} | self._small()

    def _small(self) -> dict[str, Any]:
        return {
            "lanes": self.shown_lanes(), "end": self.steps.at, "effect": self.effect, "crosses": self.crosses,
            "ticks": self.steps.ticks() if self.began is not None else [],
            "folded": {str(k): n for k, n in self.folded.items()}, "dropped": sorted(self.dropped),
        }

    def shown_lanes(self) -> list[dict[str, Any]]:
        """From producer to shop; several of a role in the order in which they appeared."""
        return sorted(self.lanes, key=lambda lane: (RANK[lane["role"]], lane["id"]))

    def story(self, order: int) -> list[list[Any]]:
        """The order's rows, and those of who held it, as they happened."""
        rows = {k for k, row in enumerate(self.events) if row[2] == order} | {r for o, r in self.more if o == order}
        return [self.events[k] for k in sorted(rows)]

    # --- names

    def _order(self, ident: str) -> int:
        if ident not in self._number:
            self._number[ident] = len(self.orders)
            self.orders.append({"id": ident, "n": len(self.orders) + 1, "status": "", "again": 0, "left": False})
        return self._number[ident]

    def _actor(self, name: str) -> int:
        if name == "network":  # what is cut or silent there is between a program and the broker
            return BROKER
        if name not in self._lane_of:
            role = "producer" if name.startswith(("bench", "producer")) else "consumer"
            if role == "producer" and not any(row[3] == PRODUCER for row in self.events):
                self._lane_of[name] = PRODUCER
                self.lanes[PRODUCER]["label"] = "producer" if name == "bench" else name
            else:
                self._lane(name, role)
        return self._lane_of[name]

    def _lane(self, label: str, role: str) -> None:
        self._lane_of[label] = len(self.lanes)
        self.lanes.append({"id": len(self.lanes), "label": label, "role": role})


def of_events(events: Sequence[Event], report: Report | None = None) -> Model:
    """The model of a whole run."""
    model = Model()
    model.feed(events)
    if report is not None:
        model.finish(report)
    return model

