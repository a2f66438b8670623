"""The still picture: a run as one drawing with its text, for the web, paper, a saved notebook and GitHub.

Text keeps its size and lines stretch: marks stand at percentages, lines in an inner drawing without a fixed ratio. So the
same drawing fits a card of 600 to 1,600 px, and can have a size of its own where a file needs one.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from helpers.bench.report import Report
from helpers.notebook.theme import DARK, LIGHT
from helpers.notebook.timeline import strip
from helpers.notebook.timeline.model import AWAY, Model
from helpers.notebook.timeline.signs import LETTER, MANY, NARROW, Signs, sign
from helpers.notebook.timeline.steps import clear
from helpers.notebook.timeline.words import WORDS, describe

LEFT, RIGHT = 11.0, 99.0
"""Percent of the width where the plot begins and ends; before it stand the lanes' names."""
LANE = 60
ROW, ROWS = 16, 6
WIDE = 2000
"""Units across the inner drawing: fine enough to need no fractions."""
PATHS = ("ok", "away", "twice", "odd", "lost", "dot", "done", "tick", "tick-lost")
"""From the faintest to what must be seen; the names of their classes."""
SPARSE = 60
"""Orders up to which each healthy one is drawn clearly; of more, each is fainter."""
TONES = {"killed": "bad", "ended": "bad", "reset": "bad", "closed": "bad", "paused": "bad", "resumed": "good", "back": "good"}


class Drawing:
    """One run's picture as SVG. `end`: steps across, where it shares an axis with another run. `lean`: only the
    orders in trouble, where all of them would be too much to keep."""

    def __init__(self, model: Model, report: Report, end: float | None = None, ticks: Sequence | None = None,
                 lean: bool = False):
        self.model, self.report, self.lean = model, report, lean
        self.end = end or model.steps.at or 1.0
        self._ticks = model.steps.ticks() if ticks is None else ticks
        self._labels = list(self._marks())
        rows = max((row for *_, row in self._labels), default=0) + 1
        self.top = 14 + ROW * rows
        self.y = {lane["id"]: self.top + LANE * k for k, lane in enumerate(self._lanes())}
        self.foot = max(self.y.values()) + 34
        self.shop = next(lane["id"] for lane in model.lanes if lane["role"] == "shop")
        self.crowd: dict[str, list[str]] = defaultdict(list)
        self.status = [entry["status"] or "ok" for entry in model.orders]

    def svg(self) -> str:
        """As wide as its place."""
        return self._draw(lambda height: f'width="100%" height="{height}"')[0]

    def sized(self, width: int) -> tuple[str, int]:
        """With a size of its own, and its height."""
        return self._draw(lambda height: f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"')

    def _draw(self, size: Callable[[int], str]) -> tuple[str, int]:
        cells, below = strip.cells(self.model, self.foot + 36) if not self.lean else ([], self.foot + 30)
        story, bottom = strip.story(self.model, self.report, below + 14)
        many = " many" if sum(s != "ok" for s in self.status) > MANY else ""
        n, signs = len(self.model.orders), list(Signs(self))
        fade = 0.45 if n <= SPARSE else max(0.06, 27 / n)
        return "".join((
            f'<svg xmlns="http://www.w3.org/2000/svg" class="mqw-picture{many}" role="img" {size(bottom)} '
            f'style="--fade:{fade:.2f}" aria-label="{escape(describe(self.report, self.model))}">{style()}',
            *self._names(),
            f'<svg x="{LEFT}%" width="{RIGHT - LEFT}%" height="{self.foot + 24}" overflow="visible">',
            *self._gaps(), self._lines(), *self._uprights(), *signs, *self._axis(), "</svg>",
            *cells, *story, "</svg>",
        )), bottom

    # --- places

    def _lanes(self) -> list[dict[str, Any]]:
        used = {row[3] for row in self.model.events} | {lane for line in self.model.lines for lane in (line[2], line[4])}
        return [lane for lane in self.model.shown_lanes() if lane["id"] in used or lane["role"] != "consumer"]

    def x(self, x: float) -> float:
        return 0.012 + 0.976 * x / self.end

    def at(self, x: float) -> str:
        return f"{self.x(x) * 100:.2f}%"

    def level(self, lane: float) -> float:
        return self.y[int(lane)] + (lane % 1) * LANE

    # --- parts

    def _names(self) -> Iterator[str]:
        for lane in self._lanes():
            yield f'<text class="name" x="0" y="{self.y[lane["id"]] + 4}">{escape(lane["label"])}</text>'

    def _gaps(self) -> Iterator[str]:
        for lane, start, end, seconds in self.model.gaps:
            y = self.y.get(lane, self.top)
            left, width = self.x(start) * 100, (self.x(end) - self.x(start)) * 100
            yield f'<rect class="down" x="{left:.2f}%" width="{width:.2f}%" y="{y - 17}" height="34"/>'
            if width > 5.5:
                yield f'<text text-anchor="middle" x="{left + width / 2:.2f}%" y="{y - 3}">{seconds:.2f} s</text>'

    def _lines(self) -> str:
        paths: dict[str, list[str]] = {name: [] for name in PATHS}
        last: tuple[int, int, float] | None = None
        waits: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for order, x0, lane0, x1, lane1, style in sorted(self.model.lines, key=lambda line: line[0]):
            a, b = (self.unit(x0), self.level(lane0)), (self.unit(x1), self.level(lane1))
            kind = "away" if style == AWAY else self.status[order]
            if self.lean and self.status[order] == "ok":
                continue
            if kind == "ok" and lane0 == lane1:
                waits[lane0].append((a[0], b[0]))
                last = None
                continue
            start = "" if last == (order, *a) and paths[kind] else f"M{a[0]} {a[1]:g}"
            last = (order, *b) if kind != "away" else None
            paths[kind].append(start + (f"H{b[0]}" if a[1] == b[1] else f"L{b[0]} {b[1]:g}"))
        for lane, spans in waits.items():
            paths["ok"] += [f"M{a} {self.level(lane):g}H{b}" for a, b in joined(spans)]
        for x, _, order, lane, kind, _, _, number in self.model.events:
            if order < 0 or (self.lean and self.status[order] == "ok"):
                continue
            u, y, status = self.unit(x), self.level(lane), self.status[order]
            if kind in ("published", "delivered", "confirmed"):
                paths["dot"].append(f"M{u} {y:g}h0")
            elif kind == "charged" and number == 1:
                paths["done"].append(f"M{u} {y:g}h0")
            elif kind in ("acknowledged", "rejected"):
                paths["tick-lost" if status == "lost" else "tick"].append(f"M{u} {y:g}v{-10 if kind == 'acknowledged' else 10}")
        for order, x, lane in self.model.crosses:
            paths["lost"].append(f"M{self.unit(x)} {self.level(int(lane)):g}V{self.level(lane):g}")
        paths |= {f"crowd {kind}": dots for kind, dots in self.crowd.items()}
        lanes = "".join(f'<path class="lane" d="M0 {y}H{WIDE}"/>' for y in self.y.values())
        drawn = "".join(f'<path class="l-{name}" d="{"".join(d)}"/>' for name, d in paths.items() if d)
        height = self.foot
        box = f'width="100%" height="{height}" viewBox="0 0 {WIDE} {height}" preserveAspectRatio="none"'
        return f"<svg {box}>{lanes}{drawn}</svg>"

    def unit(self, x: float) -> int:
        return round(self.x(x) * WIDE)

    def _marks(self) -> Iterator[tuple[str, str, float, str, int]]:
        """(tone, text, x, anchor, row): labels stacked so that they do not touch."""
        marks = [mark for mark in sorted(self.model.marks) if mark[2] in TONES]
        several = len({mark[4] for mark in marks}) > 1
        taken: list[list[tuple[float, float]]] = []
        for x, _, kind, _, who in marks:
            text = WORDS[kind] if kind in ("back", "resumed") and not several else f"{who} {WORDS[kind]}"
            width, left = len(text) * LETTER / NARROW, self.x(x)
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
            at, dx = self.at(x), -5 if anchor == "end" else 5
            yield (f'<line class="{tone}" x1="{at}" x2="{at}" y1="{y - 9}" y2="{self.foot - 12}"/>'
                   f'<text class="{tone}" x="{at}" dx="{dx}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>')
        for x, lane, kind, *_ in self.model.marks:
            if kind in ("started", "restarted") and lane in self.y:
                yield sign("start", self.at(x), self.y[lane], "M-3 -5L5 0L-3 5Z", WORDS[kind])

    def _axis(self) -> Iterator[str]:
        taken: list[float] = []
        start = next((x for x, _, kind, *_ in sorted(self.model.marks) if kind == "started"), 0.0)
        if self.x(start) > 0.22:
            yield f'<text class="when" x="1.2%" y="{self.foot + 9}">before the run</text>'
        for x, text, _ in self._ticks:
            at = self.x(x)
            if at <= 1 and clear(taken, at, 58 / NARROW):
                place = f"{at * 100:.2f}%"
                yield (f'<line class="note" x1="{place}" x2="{place}" y1="{self.foot - 10}" y2="{self.foot - 5}"/>'
                       f'<text class="when" x="{place}" y="{self.foot + 9}" text-anchor="middle">{text}</text>')


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
    """The drawing's own colours: it may stand in a page that knows nothing of ours. The page's theme decides, else the
    system's."""
    rules = " ".join(Path(__file__).with_name("picture.css").read_text().split())
    light, dark = ";".join(f"--{k}:{v}" for k, v in LIGHT.items()), ";".join(f"--{k}:{v}" for k, v in DARK.items())
    return (
        f"<style>.mqw-picture{{{light}}}@media (prefers-color-scheme:dark){{.mqw-picture{{{dark}}}}}"
        f'[data-jp-theme-light="true"] .mqw-picture,.vscode-light .mqw-picture{{{light}}}'
        f'[data-jp-theme-light="false"] .mqw-picture,.vscode-dark .mqw-picture{{{dark}}}'
        f"@media print{{.mqw-picture{{{light}}}}}{rules}</style>"
    )


