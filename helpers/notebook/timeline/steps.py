"""The picture's axis: a step to the right for each event, a little more where time passed, so that bursts can be read."""

from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import log2

from helpers.wire.events import Event

WEIGHTS: Mapping[str, float] = {
    "published": 0.4, "confirmed": 0.2, "accepted": 0.4, "returned": 0.6, "refused": 0.6,
    "delivered": 0.7, "redelivered": 0.7, "charged": 1.0, "charge_failed": 0.8, "acknowledged": 0.6, "rejected": 0.6,
    "started": 1.5, "killed": 1.6, "reset": 1.6, "paused": 1.2, "resumed": 1.0, "restarted": 0.6, "ended": 1.2, "closed": 1.0,
    "queued": 0.4, "dead_lettered": 0.4, "expired": 0.4, "trimmed": 0.4, "purged": 0.8,
}
"""Steps that an event moves on; kinds that are not listed are not drawn."""
FILLING = 0.25
"""Steps of an order with which the bench fills a queue before the run."""
BACK = frozenset({"opened", "subscribed", "polled", "delivered", "redelivered", "published"})
"""A killed program is back when it is heard on its connection again; what never spoke there, when it is restarted."""
GAP = 9.0
"""Steps between a death and the return, at least; the real time stands beside it."""
LEVELS = (10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001)
"""Seconds between labels, from coarse to fine."""
FINEST = 4000
"""Candidates for labels of one level above which finer ones are not looked at."""


@dataclass
class Gap:
    """Somebody was dead: from x to x, `seconds` in between."""

    actor: str
    start: float
    end: float
    seconds: float


class Steps:
    """Places events from left to right. Several runs may be placed on one axis: feed them together, in time's order."""

    def __init__(self) -> None:
        self.at = 0.0
        """The last step taken."""
        self._times: list[int] = []
        self._places: list[float] = []
        self._dead: dict[tuple[Hashable, str], tuple[float, int]] = {}
        self._spoken: set[tuple[Hashable, str]] = set()
        self._census = False

    def place(self, event: Event, time: int, drawn: bool, run: Hashable = 0) -> tuple[float, Gap | None]:
        """x of the event, and the gap that it ends. `time`: nanoseconds since the run began. `drawn`: takes a step."""
        who, gap = (run, event.actor), None
        if who in self._dead and (event.kind == "restarted" and who not in self._spoken or event.kind in BACK):
            start, died = self._dead.pop(who)
            self.at = max(self.at, start + GAP)
            gap = Gap(event.actor, start, self.at, (time - died) / 1e9)
        if event.kind in BACK:
            self._spoken.add(who)
        if event.src == "probe" and not self._census:
            self._census, self.at = True, self.at + 3
        if drawn and event.kind in WEIGHTS:
            passed = max(0, time - self._times[-1]) if self._times else 0
            self.at += (FILLING if event.actor == "bench" else WEIGHTS[event.kind]) + 1.2 * log2(1 + passed / 30e6)
        if drawn or gap:
            self._times.append(max(time, self._times[-1] if self._times else time))
            self._places.append(self.at)
        if event.kind in ("killed", "ended") and who not in self._dead:
            self._dead[who] = (self.at, time)
        return self.at, gap

    def moved(self, began: int) -> None:
        """From now on times count from `began`; those taken so far too."""
        self._times = [time - began for time in self._times]

    def x_of(self, time: int) -> float:
        """Where a moment stands: between its neighbours in proportion."""
        k = bisect_left(self._times, time)
        if k == 0 or k == len(self._times):
            return self._places[min(k, len(self._places) - 1)] if self._places else 0.0
        (t0, t1), (x0, x1) = self._times[k - 1:k + 1], self._places[k - 1:k + 1]
        return x0 + (x1 - x0) * (time - t0) / (t1 - t0 or 1)

    def ticks(self) -> list[tuple[float, str, int]]:
        """Moments to label, [x, text, level]: the lower a label's level, the rounder its number. Renderers take as many
        as fit, lower levels first."""
        if not self._times or self._times[-1] <= 0:
            return []
        first, last = max(0, self._times[0]), self._times[-1]
        apart = max(self.at / 400, 0.5)
        taken: list[float] = []
        found = []
        for level, step in enumerate(LEVELS):
            ns = round(step * 1e9)
            if (last - first) / ns > FINEST:
                break
            for time in range(-(-first // ns) * ns, last + 1, ns):
                x = self.x_of(time)
                if clear(taken, x, apart):
                    found.append((x, seconds(time, step), level))
        return found


def clear(taken: list[float], x: float, apart: float) -> bool:
    """Whether nothing stands nearer to x than `apart`; then x is added to `taken` (sorted)."""
    k = bisect_right(taken, x)
    if (k and x - taken[k - 1] < apart) or (k < len(taken) and taken[k] - x < apart):
        return False
    taken.insert(k, x)
    return True


def seconds(time: int, step: float) -> str:
    """"0.4 s", with as many digits as the step needs."""
    digits = max(1, len(f"{step:.3f}".rstrip("0").partition(".")[2]))
    return f"{time / 1e9:.{digits}f} s"


def merged(runs: Sequence[Sequence[tuple[int, Event]]]) -> list[tuple[int, int, Event]]:
    """Events of several runs in time's order: (run, time, event). What one run saw first stays first."""
    out = [(time, event.seq, run, event) for run, events in enumerate(runs) for time, event in events]
    return [(run, time, event) for time, _, run, event in sorted(out, key=lambda row: row[:3])]
