"""The still picture: a run as one drawing with its text, for the web, paper, a saved notebook and GitHub.

Text keeps its size and lines stretch: marks stand at percentages, lines in an inner drawing without a fixed ratio. So the
same drawing fits a card of 600 to 1,600 px; `fixed` gives it a size of its own where a file needs one.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from helpers.bench.report import Report
from helpers.notebook.theme import DARK, LIGHT
from helpers.notebook.timeline import strip
from helpers.notebook.timeline.model import AWAY, BROKER, ROUND, Model
from helpers.notebook.timeline.steps import clear
from helpers.notebook.timeline.words import WORDS, describe, named

LEFT, RIGHT = 11.0, 99.0
"""Percent of the width where the plot begins and ends; before it stand the lanes' names."""
LANE = 60
ROW, ROWS = 16, 3
WIDE = 2000
"""Units across the inner drawing: fine enough to need no fractions."""
NARROW = 560
"""Pixels of a narrow plot: labels are laid out so that they do not touch even there."""
LETTER = 6.6
MANY = 8
"""Troubled orders above which their lines are drawn thinner."""
MOST_RANGES = 5
"""Of lost orders that are named beside their crosses; more are only counted."""
SPARSE = 60
"""Orders up to which each healthy one is drawn clearly; of more, each is fainter."""
TONES = {"killed": "bad", "ended": "bad", "reset": "bad", "closed": "bad", "paused": "bad", "resumed": "good", "back": "good"}
TURN = "M-3.2 -2.4A4 4 0 1 0 0 -4M-3.6 -5.4L-3.2 -2.4L-.2 -2.8"
"""A turning arrow: delivered again."""


class Drawing:
    """One run's picture as SVG. `end`: steps across, where it shares an axis with another run. `lean`: only the
    orders in trouble, where all of them would be too much to keep."""

    def __init__(self, model: Model, report: Report, end: float | None = None, ticks: Sequence | None = None,
                 lean: bool = False):
        self.model, self.report, self._lean = model, report, lean
        self._end = end or model.steps.at or 1.0
        self._ticks = model.steps.ticks() if ticks is None else ticks
        self._labels = list(self._marks())
        rows = max((row for *_, row in self._labels), default=0) + 1
        self._top = 14 + ROW * rows
        self._y = {lane["id"]: self._top + LANE * k for k, lane in enumerate(self._lanes())}
        self._foot = max(self._y.values()) + 34
        self._shop = next(lane["id"] for lane in model.lanes if lane["role"] == "shop")
        self._status = [entry["status"] or "ok" for entry in model.orders]

    def svg(self, fixed: int = 0) -> str:
        cells, below = strip.cells(self.model, self._foot + 36) if not self._lean else ([], self._foot + 30)
        story, bottom = strip.story(self.model, self.report, below + 14)
        bad = sum(s != "ok" for s in self._status)
        size = f'width="{fixed}" height="{bottom}" viewBox="0 0 {fixed} {bottom}"' if fixed else f'width="100%" height="{bottom}"'
        n = len(self.model.orders)
        fade = 0.45 if n <= SPARSE else max(0.06, 27 / n)
        return "".join((
            f'<svg xmlns="http://www.w3.org/2000/svg" class="mqw-picture{" many" if bad > MANY else ""}" role="img" {size} '
            f'style="--fade:{fade:.2f}" aria-label="{escape(describe(self.report, self.model))}">{style()}',
            *self._names(),
            f'<svg x="{LEFT}%" width="{RIGHT - LEFT}%" height="{self._foot + 24}" overflow="visible">',
            *self._gaps(), self._lines(), *self._uprights(), *self._signs(), *self._axis(), "</svg>",
            *cells, *story, "</svg>",
        ))

    # --- places

    def _lanes(self) -> list[dict[str, Any]]:
        used = {row[3] for row in self.model.events} | {lane for line in self.model.lines for lane in (line[2], line[4])}
        return [lane for lane in self.model.shown_lanes() if lane["id"] in used or lane["role"] in ("producer", "broker", "shop")]

    def _x(self, x: float) -> float:
        return 0.012 + 0.976 * x / self._end

    def _at(self, x: float) -> str:
        return f"{self._x(x) * 100:.2f}%"

    def _level(self, lane: float) -> float:
        return self._y[int(lane)] + (lane % 1) * LANE

    # --- parts

    def _names(self) -> Iterator[str]:
        for lane in self._lanes():
            yield f'<text class="name" x="0" y="{self._y[lane["id"]] + 4}">{escape(lane["label"])}</text>'

    def _gaps(self) -> Iterator[str]:
        for lane, start, end, seconds in self.model.gaps:
            y = self._y.get(lane, self._top)
            left, width = self._x(start) * 100, (self._x(end) - self._x(start)) * 100
            yield f'<rect class="down" x="{left:.2f}%" width="{width:.2f}%" y="{y - 17}" height="34"/>'
            if width > 5.5:
                yield f'<text text-anchor="middle" x="{left + width / 2:.2f}%" y="{y - 3}">{seconds:.2f} s</text>'

    def _lines(self) -> str:
        paths: dict[str, list[str]] = {"ok": [], "away": [], "twice": [], "odd": [], "lost": [], "dot": [], "done": [], "tick": [], "tick-lost": []}
        last: tuple[int, int, float] | None = None
        waits: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for order, x0, lane0, x1, lane1, style in sorted(self.model.lines, key=lambda line: line[0]):
            a, b = (self._unit(x0), self._level(lane0)), (self._unit(x1), self._level(lane1))
            kind = "away" if style == AWAY else self._status[order]
            if self._lean and self._status[order] == "ok":
                continue
            if kind == "ok" and lane0 == lane1:
                waits[lane0].append((a[0], b[0]))
                last = None
                continue
            start = "" if last == (order, *a) and paths[kind] else f"M{a[0]} {a[1]:g}"
            last = (order, *b) if kind != "away" else None
            paths[kind].append(start + (f"H{b[0]}" if a[1] == b[1] else f"L{b[0]} {b[1]:g}"))
        for lane, spans in waits.items():
            paths["ok"] += [f"M{a} {self._level(lane):g}H{b}" for a, b in joined(spans)]
        for x, _, order, lane, kind, _, _, number in self.model.events:
            if order < 0 or (self._lean and self._status[order] == "ok"):
                continue
            u, y, status = self._unit(x), self._level(lane), self._status[order]
            if kind in ("published", "delivered", "confirmed"):
                paths["dot"].append(f"M{u} {y:g}h0")
            elif kind == "charged" and number == 1:
                paths["done"].append(f"M{u} {y:g}h0")
            elif kind in ("acknowledged", "rejected"):
                paths["tick-lost" if status == "lost" else "tick"].append(f"M{u} {y:g}v{-10 if kind == 'acknowledged' else 10}")
        for order, x, lane in self.model.crosses:
            paths["lost"].append(f"M{self._unit(x)} {self._level(int(lane)):g}V{self._level(lane):g}")
        lanes = "".join(f'<path class="lane" d="M0 {y}H{WIDE}"/>' for y in self._y.values())
        drawn = "".join(f'<path class="l-{name}" d="{"".join(d)}"/>' for name, d in paths.items() if d)
        height = self._foot
        return f'<svg width="100%" height="{height}" viewBox="0 0 {WIDE} {height}" preserveAspectRatio="none">{lanes}{drawn}</svg>'

    def _unit(self, x: float) -> int:
        return round(self._x(x) * WIDE)

    def _signs(self) -> Iterator[str]:
        """What must be seen at once: the second charges, the turns, what the shop would not do, the lost. Signs that would
        touch are drawn small, so that a crowd stays a crowd and not a slab."""
        room: dict[str, float] = {}

        def free(kind: str, x: float, pixels: int) -> bool:
            clear_of = self._x(x) - room.get(kind, -1) >= pixels / NARROW
            room[kind] = self._x(x) if clear_of else room[kind]
            return clear_of

        for x, _, order, lane, kind, _, note, number in self.model.events:
            if order < 0 or (self._lean and self._status[order] == "ok"):
                continue
            name, y, at = strip.named(self.model.orders[order]), self._level(lane), self._at(x)
            if kind == "charged" and number > 1 and not free(kind, x, 17):
                yield f'<g class="two"><title>{name}: charged again</title><circle cx="{at}" cy="{y:g}" r="4"/></g>'
            elif kind == "charged" and number > 1:
                yield (f'<g class="two"><title>{name}: charged again</title><circle cx="{at}" cy="{y:g}" r="8"/>'
                       f'<text x="{at}" y="{y + 4:g}">{number}</text></g>')
            elif kind == "accepted" and lane == self._shop:
                yield f'<g class="kept"><title>{name}: accepted</title><circle cx="{at}" cy="{y:g}" r="{3 if free(kind, x, 8) else 1.5}"/></g>'
            elif kind in ("charge_failed", "returned", "refused"):
                yield f'<g class="failed"><title>{name}: {escape(note or WORDS[kind])}</title><circle cx="{at}" cy="{y:g}" r="{3.5 if free(kind, x, 9) else 1.5}"/></g>'
            elif kind in ("delivered", "redelivered") and number:
                yield self._sign("turn", at, y, TURN if free("turn", x, 12) else "M-1.6 0A1.6 1.6 0 1 0 1.6 0A1.6 1.6 0 1 0 -1.6 0", f"{name}: delivered again")
            elif kind in ("queued", "dead_lettered", "expired", "trimmed"):
                yield self._sign("back-in", at, y, "M-3.5 -3.5H3.5V3.5H-3.5Z", f"{name}: {WORDS[kind]}")
        size = 4 if len(self.model.crosses) > MANY else 5
        for order, x, lane in self.model.crosses:
            shape = f"M-{size} -{size}L{size} {size}M{size} -{size}L-{size} {size}"
            yield self._sign("cross", self._at(x), self._level(lane), shape, f"order {self.model.orders[order]['n']}: lost")
        yield from self._said()

    def _sign(self, name: str, x: str, y: float, shape: str, title: str) -> str:
        return f'<svg x="{x}" y="{y:g}" overflow="visible"><title>{escape(title)}</title><path class="{name}" d="{shape}"/></svg>'

    def _said(self) -> Iterator[str]:
        if self.model.crosses:
            xs = [self._x(x) for _, x, _ in self.model.crosses]
            numbers = [self.model.orders[k]["n"] for k, _, _ in self.model.crosses]
            told = named(numbers)
            text = f"{told if told.count(',') < MOST_RANGES else f'{len(numbers)} orders'} lost"
            yield self._label("said lost", (min(xs) + max(xs)) / 2, max(self._level(y) for *_, y in self.model.crosses) + 19, text)
        if self.model.folded:
            row = next(row for row in reversed(self.model.events) if row[2] in self.model.folded and row[4] in ROUND)
            text = f"{named([self.model.orders[k]['n'] for k in self.model.folded])}: {sum(self.model.folded.values()):,} more of these"
            yield self._label("said again", self._x(row[0]), self._y[BROKER] - 13, text)

    def _label(self, name: str, x: float, y: float, text: str) -> str:
        half = len(text) * LETTER / 2 / NARROW
        anchor = "end" if x + half > 1 else "start" if x - half < 0 else "middle"
        return f'<text class="{name}" x="{x * 100:.2f}%" y="{y:g}" text-anchor="{anchor}">{escape(text)}</text>'

    def _marks(self) -> Iterator[tuple[str, str, float, str, int]]:
        """(tone, text, x, anchor, row): labels stacked so that they do not touch."""
        marks = [mark for mark in sorted(self.model.marks) if mark[2] in TONES]
        several = len({mark[4] for mark in marks}) > 1
        taken: list[list[tuple[float, float]]] = []
        for x, _, kind, _, who in marks:
            text = WORDS[kind] if kind in ("back", "resumed") and not several else f"{who} {WORDS[kind]}"
            width, left = len(text) * LETTER / NARROW, self._x(x)
            anchor = "end" if kind in ("killed", "ended") and left > width else "start" if left + width < 1.02 else "end"
            span = (left - width, left) if anchor == "end" else (left, left + width)
            row = next((k for k, spans in enumerate(taken) if all(span[1] < a or b < span[0] for a, b in spans)), len(taken))
            if row == ROWS:
                text, row = "", 0
                taken[0].append((left, left))
                yield TONES[kind], text, x, anchor, row
                continue
            taken += [[]] if row == len(taken) else []
            taken[row].append(span)
            yield TONES[kind], text, x, anchor, row

    def _uprights(self) -> Iterator[str]:
        for tone, text, x, anchor, row in self._labels:
            y = 13 + ROW * row
            at, dx = self._at(x), -5 if anchor == "end" else 5
            yield (f'<line class="{tone}" x1="{at}" x2="{at}" y1="{y - 9}" y2="{self._foot - 12}"/>'
                   f'<text class="{tone}" x="{at}" dx="{dx}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>')
        for x, lane, kind, *_ in self.model.marks:
            if kind in ("started", "restarted") and lane in self._y:
                yield self._sign("start", self._at(x), self._y[lane], "M-3 -5L5 0L-3 5Z", WORDS[kind])

    def _axis(self) -> Iterator[str]:
        taken: list[float] = []
        start = next((x for x, _, kind, *_ in sorted(self.model.marks) if kind == "started"), 0.0)
        if self._x(start) > 0.22:
            yield f'<text class="when" x="1.2%" y="{self._foot + 9}">before the run</text>'
        for x, text, _ in self._ticks:
            at = self._x(x)
            if at <= 1 and clear(taken, at, 58 / NARROW):
                yield (f'<line class="note" x1="{at * 100:.2f}%" x2="{at * 100:.2f}%" y1="{self._foot - 10}" y2="{self._foot - 5}"/>'
                       f'<text class="when" x="{at * 100:.2f}%" y="{self._foot + 9}" text-anchor="middle">{text}</text>')


def joined(spans: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Spans that touch, as one: where many wait on a lane, one line says so."""
    out: list[list[int]] = []
    for a, b in sorted(spans):
        if out and a <= out[-1][1]:
            out[-1][1] = max(out[-1][1], b)
        else:
            out.append([a, b])
    return out


@cache
def style() -> str:
    """The drawing's own colours: it may stand in a page that knows nothing of ours. The page's theme decides, else the system's."""
    rules = " ".join(Path(__file__).with_name("picture.css").read_text().split())
    light, dark = ";".join(f"--{k}:{v}" for k, v in LIGHT.items()), ";".join(f"--{k}:{v}" for k, v in DARK.items())
    return (
        f"<style>.mqw-picture{{{light}}}@media (prefers-color-scheme:dark){{.mqw-picture{{{dark}}}}}"
        f'[data-jp-theme-light="true"] .mqw-picture,.vscode-light .mqw-picture{{{light}}}'
        f'[data-jp-theme-light="false"] .mqw-picture,.vscode-dark .mqw-picture{{{dark}}}'
        f"@media print{{.mqw-picture{{{light}}}}}{rules}</style>"
    )


