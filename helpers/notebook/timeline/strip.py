"""Below the still picture: every order once, and the story of the order that matters most."""

from html import escape
from typing import Any

from helpers.bench.report import Report
from helpers.notebook.timeline.model import Model
from helpers.notebook.timeline.words import MARKS, WORDS

NUMBERED = 60
"""Orders up to which each cell carries its number; of more, only the troubled ones do."""
SIGNS = {"lost": "✕", "twice": "②", "again": "↻", "left": "□", "odd": "?"}
LEFT, RIGHT = 11.0, 99.0
MOST = 7
"""Steps of a story that fit side by side; of a longer one the first and the last are shown."""


def cells(model: Model, top: float) -> tuple[list[str], float]:
    """Each order as a cell, in the order of n; where they end."""
    orders = sorted(model.orders, key=lambda entry: entry["n"])
    if not orders:
        return [], top
    numbered = len(orders) <= NUMBERED
    columns = min(len(orders), 24 if len(orders) <= 24 else 30 if numbered else 50)
    width, height = (RIGHT - LEFT) / columns, 20 if numbered else 15
    out = [f'<text class="name" x="0" y="{top + 14}">every order</text>']
    for k, entry in enumerate(orders):
        kind = entry["status"] or ("left" if entry["left"] else "again" if entry["again"] else "")
        x, y = LEFT + k % columns * width, top + k // columns * (height + 3)
        text = SIGNS.get(kind, "") if not numbered else "?" if kind == "odd" else f"{entry['n']}"
        place = f'x="{x + width * .06:.2f}%" width="{width * .88:.2f}%" y="{y}" height="{height}"'
        cell = f'<rect class="{f"cell {kind}".rstrip()}" {place} rx="3"/>'
        if text:
            cell += f'<text class="{f"in {kind}".rstrip()}" x="{x + width / 2:.2f}%" y="{y + height - 5}">{text}</text>'
        out.append(f"<g><title>{escape(spoken(entry, model.effect))}</title>{cell}</g>" if kind or numbered else cell)
    rows = -(-len(orders) // columns)
    bottom = top + rows * (height + 3)
    if not numbered:
        for row in range(rows):
            first, last, y = row * columns + 1, min((row + 1) * columns, len(orders)), top + row * (height + 3) + height - 4
            out.append(f'<text class="when" x="{LEFT - 0.6}%" y="{y}" text-anchor="end">{first}–{last}</text>')
        out[0] = f'<text class="name" x="0" y="{top - 6}">every order</text>'
    return out, bottom


def named(entry: dict[str, Any]) -> str:
    """"order 7"."""
    return f"order {entry['n']}" if entry["status"] != "odd" else f"an order that nobody placed, {entry['id']}"


def spoken(entry: dict[str, Any], effect: str) -> str:
    """"order 7: lost"; effect: "charged" or "arrived"."""
    said = {"lost": "lost", "twice": f"{effect} more than once", "odd": effect}.get(entry["status"], "")
    again, left = "delivered more than once" if entry["again"] else "", "left in the queue" if entry["left"] else ""
    return f"{named(entry)}: {', '.join(s for s in (said, again, left) if s) or 'nothing happened to it'}"


def chosen(model: Model, report: Report) -> int | None:
    """The order whose story is told: the first that the finding names, else the first in trouble."""
    cause = report.cause
    wanted = [*(cause.orders if cause else ()), *report.orders.lost, *report.orders.duplicated]
    index = {entry["id"]: k for k, entry in enumerate(model.orders)}
    found = next((index[ident] for ident in wanted if ident in index), None)
    return found if found is not None else next((k for k, entry in enumerate(model.orders) if entry["again"]), None)


def story(model: Model, report: Report, top: float) -> tuple[list[str], float]:
    """What happened to one order, step by step; where it ends."""
    order = chosen(model, report)
    if order is None:
        return [], top
    entry, rows = model.orders[order], model.story(order)
    rows = [row for row in rows if not (row[4] in ("confirmed", "accepted") and row[1] < 0)]
    lanes = {lane["id"]: lane["label"] for lane in model.lanes}
    steps = []
    for _, time, _, lane, kind, frame, *_ in rows:
        what = f"{lanes[lane]} {WORDS[kind]}" if kind in MARKS else WORDS[kind]
        steps.append((what, f"{time / 1e6:.3f} s".replace("-", "−"), frame, ""))
    if entry["status"] == "lost":
        steps.append((report.effect, "never", "", "lost"))
    if len(steps) > MOST:
        left_out = len(steps) - MOST + 1 + model.folded[order]
        steps = [*steps[:4], (f"{left_out} more", "", "", ""), *steps[-(MOST - 5):]]
    head = "no order" if entry["status"] == "odd" else f"order {entry['n']}"
    out = [f'<text class="name" x="0" y="{top + 15}">{head}</text>']
    width = (RIGHT - LEFT) / max(len(steps), 6)
    y = top + 10
    out.append(f'<line class="story" x1="{LEFT + 0.5}%" x2="{LEFT + 0.5 + width * (len(steps) - 1):.2f}%" y1="{y}" y2="{y}"/>')
    for k, (what, when, frame, kind) in enumerate(steps):
        x = f"{LEFT + 0.5 + k * width:.2f}%"
        out.append(f'<circle class="bead {kind}" cx="{x}" cy="{y}" r="4"/>')
        first, _, rest = what.partition(" ")
        for line, (text, name) in enumerate(((first, "what"), (rest, "what"), (when, "when"), (frame, "when"))):
            if text:
                line -= line > 1 and not rest
                out.append(f'<text class="{name} {kind}" x="{x}" dx="-4" y="{y + 20 + 15 * line}">{escape(text)}</text>')
    return out, y + 20 + 50


__all__ = ["cells", "chosen", "named", "spoken", "story"]
