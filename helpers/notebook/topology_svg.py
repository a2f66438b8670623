"""A topology as one drawing: what messages are sent to on the left, what they are read from on the right, lines between.

Text keeps its size and lines stretch (as in timeline/svg.py): boxes stand at percentages of the width.
"""

from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from helpers.bench.topology import Topology
from helpers.notebook.theme import DARK, LIGHT

LEFT, GAP, RIGHT = 36.0, 27.0, 37.0
"""Percent of the width: the left boxes, the room for lines between, the right boxes with the loop of dead letters."""
LOOP = 3.0
"""Of RIGHT, what the loop takes."""
LINE, PAD, BETWEEN, PORT = 17, 8, 12, 18
SENT_TO = ("exchange", "topic", "stream", "list", "channel")
WORDS = {"exchange": "exchange", "queue": "queue", "topic": "topic", "group": "group", "stream": "stream", "list": "list",
         "channel": "channel"}
LONGEST = {"name": 21, "says": 26, "edge": 24}
"""Characters that fit at 560 px; what is cut stands whole in the drawing's text and in a tooltip."""


class Drawing:
    """`svg()` draws; `words()` says the same."""

    def __init__(self, topology: Topology):
        self.topology = topology
        self.nodes: dict[str, dict[str, Any]] = {n["id"]: n for n in topology["nodes"]}
        self.edges = [e for e in topology["edges"] if e["from"] in self.nodes and e["to"] in self.nodes]
        arriving = {e["to"] for e in self.edges if e["kind"] == "reads"}
        self.left = [n for n in self.nodes.values() if n["kind"] in SENT_TO]
        self.right = [n for n in self.nodes.values() if n["kind"] not in SENT_TO or n["id"] in arriving]
        self.right_at = LEFT + GAP if self.left else 0.0
        self._order()
        self._ports: dict[tuple[str, str], list[int]] = defaultdict(list)
        for k, e in enumerate(self.edges):
            for end, other in ((e["from"], e["to"]), (e["to"], e["from"])):
                self._ports[end, self._facing(end, other)].append(k)
        self.y: dict[str, float] = {}
        self.height = max(self._place(self.left), self._place(self.right), 40)
        for (end, _), edges in self._ports.items():  # in the order of their other ends: fewer lines cross
            edges.sort(key=lambda k: self.y[self._other(end, k)])

    def _side(self, ident: str) -> str:
        return "left" if any(n["id"] == ident for n in self.left) else "right"

    def _facing(self, end: str, other: str) -> str:
        """The side of a box that faces the other column, or the loop on its right."""
        return "inner" if self._side(end) != self._side(other) else "loop"

    def _other(self, end: str, k: int) -> str:
        e = self.edges[k]
        return e["to"] if e["from"] == end else e["from"]

    def _order(self) -> None:
        """Each right-hand box beside the first that leads to it: fewer lines cross."""
        rank = {n["id"]: k for k, n in enumerate(self.left)}
        first = {e["to"]: rank[e["from"]] for e in reversed(self.edges) if e["from"] in rank}
        self.right.sort(key=lambda n: (first.get(n["id"], len(rank)), n["name"]))

    def _place(self, column: list[dict[str, Any]]) -> float:
        y = 6.0
        for n in column:
            self.y[n["id"]] = y
            y += self._tall(n) + BETWEEN
        return y

    def _tall(self, n: dict[str, Any]) -> float:
        ports = max(len(self._ports[n["id"], side]) for side in ("inner", "loop"))
        return max(2 * PAD + LINE * (2 + len(n["says"])) - 3, PORT * ports + 2 * PAD)

    def _port(self, end: str, k: int) -> float:
        ports = self._ports[end, self._facing(end, self._other(end, k))]
        room = self._tall(self.nodes[end]) / len(ports)
        return self.y[end] + room * (ports.index(k) + 0.5)

    # --- drawn

    def svg(self, colours: bool = True) -> str:
        """colours=False: inside a page that has the workbook's already."""
        body = "".join((*self._lines(), *self._labels(), *(self._box(n, 0.0, LEFT) for n in self.left),
                        *(self._box(n, self.right_at, RIGHT - LOOP) for n in self.right)))
        if not self.nodes:
            body = '<text x="0" y="24">nothing stands here</text>'
        rules = style() if colours else f"<style>{_rules()}</style>"
        return (f'<svg xmlns="http://www.w3.org/2000/svg" class="mqw-topology" role="img" width="100%" '
                f'height="{self.height:g}" aria-label="{escape(self.words())}">{rules}{body}</svg>')

    def _box(self, n: dict[str, Any], x: float, wide: float) -> str:
        kind, tall = n["kind"], self._tall(n)
        counted = ""
        if n["depth"] is not None:
            tone = " full" if n["depth"] else ""
            counted = f'<text class="depth{tone}" x="100%" dx="-10" y="{PAD + 12}" text-anchor="end">{n["depth"]:,}</text>'
        says = "".join(f'<text class="says" x="10" y="{PAD + 12 + LINE * k}">{_cut(line, "says")}</text>'
                       for k, line in enumerate(n["says"], 2))
        name = n["name"] or "(default)"
        return (f'<svg x="{x:g}%" y="{self.y[n["id"]]:g}" width="{wide:g}%" height="{tall:g}" class="{kind}">'
                f"<title>{escape(WORDS.get(kind, kind))} {escape(name)}: {escape('; '.join(n['says']))}</title>"
                f'<rect x="1" y="1" width="99%" height="{tall - 2:g}" rx="{9 if kind in ("exchange", "channel") else 3}"/>'
                f'<text class="says" x="10" y="{PAD + 12}">{WORDS.get(kind, kind)}</text>{counted}'
                f'<text class="name" x="10" y="{PAD + 12 + LINE}">{_cut(name, "name")}</text>{says}</svg>')

    def _lines(self) -> Iterator[str]:
        for k, e in enumerate(self.edges):
            start, end, kind = self._port(e["from"], k), self._port(e["to"], k), e["kind"]
            left = self._side(e["from"]) == "left"
            if self._facing(e["from"], e["to"]) == "inner":
                yield self._across(kind, start, end, back=not left)
            elif left:
                yield self._loop(kind, start, end, LEFT, GAP / 3)
            else:
                yield self._loop(kind, start, end, self.right_at + RIGHT - LOOP, LOOP)

    def _across(self, kind: str, start: float, end: float, back: bool) -> str:
        """The last part lies flat: there the label stands."""
        path = f"M0 {start:g}C50 {start:g} 20 {end:g} 60 {end:g}H100"
        if back:
            path = f"M100 {start:g}H45C10 {start:g} 45 {end:g} 12 {end:g}H0"
        return (f'<svg x="{LEFT:g}%" y="0" width="{GAP:g}%" height="{self.height:g}" viewBox="0 0 100 {self.height:g}" '
                f'preserveAspectRatio="none" class="{kind}"><path d="{path}"/></svg>'
                f"{_head(kind, LEFT if back else LEFT + GAP, end, back)}")

    def _labels(self) -> Iterator[str]:
        """Above all lines, each on the side of its own from which that does not come."""
        for k, e in enumerate(self.edges):
            if not e["says"] or self._facing(e["from"], e["to"]) != "inner":
                continue
            start, end = self._port(e["from"], k), self._port(e["to"], k)
            at, anchor = (LEFT + GAP - 1.8, "end") if self._side(e["from"]) == "left" else (LEFT + 1.8, "start")
            level = end + 12 if start < end else end - 4
            yield f'<text class="label" x="{at:g}%" y="{level:g}" text-anchor="{anchor}">{_cut(e["says"], "edge")}</text>'

    def _loop(self, kind: str, start: float, end: float, x: float, wide: float) -> str:
        """From a box to another of the same column, or to itself, past their right sides."""
        path = f"M0 {start:g}C130 {start:g} 130 {end:g} 0 {end:g}"
        return (f'<svg x="{x:g}%" y="0" width="{wide:g}%" height="{self.height:g}" viewBox="0 0 100 {self.height:g}" '
                f'preserveAspectRatio="none" overflow="visible" class="{kind}"><path d="{path}"/></svg>'
                f"{_head(kind, x, end, True)}")

    # --- said

    def words(self) -> str:
        """The whole drawing in words, for whoever does not see it."""
        return "; ".join(lines(self.topology)) or "nothing stands here"


def lines(topology: Topology) -> list[str]:
    """Each node with what leads away from it, as lines of text."""
    out = []
    leading = defaultdict(list)
    names = {n["id"]: f"{n['kind']} {n['name'] or '(default)'}" for n in topology["nodes"]}
    for e in topology["edges"]:
        verb = {"dead-letters": "dead letters to ", "alternate": "unroutable to ", "reads": "read by "}.get(e["kind"], "to ")
        by = {"binding": " by {}", "reads": " ({})"}.get(e["kind"], "").format(e["says"]) if e["says"] else ""
        leading[e["from"]].append(f"{verb}{names.get(e['to'], e['to'])}{by}")
    for n in topology["nodes"]:
        out.append(f"{names[n['id']]}: {', '.join([*n['says'], *leading[n['id']]])}")
    return out


def _head(kind: str, x: float, y: float, leftward: bool) -> str:
    turn = "L7 -4L7 4z" if leftward else "L-7 -4L-7 4z"
    return f'<svg x="{x:g}%" y="{y:g}" overflow="visible" class="{kind}"><path class="head" d="M0 0{turn}"/></svg>'


def _cut(text: str, what: str) -> str:
    """The middle of what is too long is left out: names differ at their ends."""
    most = LONGEST[what]
    if len(text) > most:
        text = f"{text[: most - most // 2 - 1]}…{text[-(most // 2):]}"
    return escape(text)


@cache
def _rules() -> str:
    return " ".join(Path(__file__).with_name("topology.css").read_text().split())


@cache
def style() -> str:
    """The drawing's own colours: it may stand in a page that knows nothing of ours."""
    light, dark = ";".join(f"--{k}:{v}" for k, v in LIGHT.items()), ";".join(f"--{k}:{v}" for k, v in DARK.items())
    return (
        f"<style>.mqw-topology{{{light}}}@media (prefers-color-scheme:dark){{.mqw-topology{{{dark}}}}}"
        f'[data-jp-theme-light="true"] .mqw-topology,.vscode-light .mqw-topology{{{light}}}'
        f'[data-jp-theme-light="false"] .mqw-topology,.vscode-dark .mqw-topology{{{dark}}}'
        f"@media print{{.mqw-topology{{{light}}}}}{_rules()}</style>"
    )
