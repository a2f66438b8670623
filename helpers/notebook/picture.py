"""A still picture of a run: every order a line from the producer to the shop, the lost red, the double orange.

Text keeps its size and lines stretch: marks stand at percentages, lines in an inner drawing without a fixed ratio.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from helpers.bench.report import Report
from helpers.notebook.axis import Axis, lay_out, named, read
from helpers.wire.events import Event

HEIGHT = 262
LANES = {"producer": 40, "broker": 96, "consumer": 152, "shop": 222}
MOST = 120
"""Orders up to which each is drawn; of more, only those in trouble."""
ROUNDS = 4
"""Times that one order's coming and going is drawn."""
MANY = 8
"""Lost orders above which their lines are drawn thinner."""
BIGGEST = 100_000
"""Characters that a picture may have in a saved notebook."""

Point = tuple[float, float]


def of(report: Report) -> str:
    """The picture of the scenario that the report shows; "" where there is nothing to draw."""
    path = _events_file(report)
    if path is None:
        return ""
    with path.open(errors="replace") as file:
        events = without_circles(read(file))
    drawing = draw(report, events) if any(e.kind in ("delivered", "charged", "accepted") and e.actor != "bench" for e in events) else ""
    return drawing if len(drawing) <= BIGGEST else ""


def without_circles(events: Sequence[Event]) -> list[Event]:
    """What goes round and round is drawn ROUNDS times; the rest of it would bury everything else."""
    seen: Counter[tuple[str | None, str]] = Counter()
    kept = []
    for event in events:
        if event.order is not None and event.kind in ("delivered", "redelivered", "rejected", "charge_failed"):
            seen[event.order, event.kind] += 1
            if seen[event.order, event.kind] > ROUNDS:
                continue
        kept.append(event)
    return kept


def _events_file(report: Report) -> Path | None:
    if not report.run_dir:
        return None
    folder = Path(report.run_dir)
    places = (folder / report.scenario / "events.jsonl", folder / "events.jsonl", *sorted(folder.glob(f"*{report.scenario}*/events.jsonl")))
    return next((p for p in places if p.is_file()), None)


def draw(report: Report, events: Sequence[Event]) -> str:
    axis = lay_out(events)
    lost, twice = set(report.orders.lost), set(report.orders.duplicated)
    history: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        if event.order in report.numbers and event.seq in axis.x:
            history[event.order].append(event)
    crowded = len(history) > MOST
    lines: dict[str, list[str]] = {"ok": [], "twice": [], "lost": []}
    back: list[str] = []
    marks: list[str] = []
    crosses: dict[str, Point] = {}
    for order, seen in sorted(history.items(), key=lambda item: (item[0] in lost) * 2 + (item[0] in twice)):
        kind = "lost" if order in lost else "twice" if order in twice else "ok"
        if crowded and kind == "ok":
            continue
        path, returned, end = _path(seen, axis)
        lines[kind].append(path)
        back += returned
        marks += _marks(seen, axis, kind, f"order {report.numbers[order]}")
        if kind == "lost":
            # A lost order goes as far as the broker still knew of it: to its own acknowledgement.
            forgotten = next((axis.x[e.seq] for e in seen if e.kind == "acknowledged"), end[0])
            stub = 12 if end[1] == LANES["shop"] else 20
            lines[kind].append(f"M{end[0] * 1000:.1f} {end[1]}H{forgotten * 1000:.1f}v{stub}")
            end = (forgotten, end[1] + stub)
            crosses[order] = end
    body = [
        f'<svg class="mqw-picture{" many" if len(crosses) > MANY else ""}" role="img" width="100%" height="{HEIGHT}" xmlns="http://www.w3.org/2000/svg" '
        f'aria-label="{escape(describe(report, axis))}">',
        *(_band(gap) for gap in axis.gaps),
        f'<svg width="100%" height="{HEIGHT}" viewBox="0 0 1000 {HEIGHT}" preserveAspectRatio="none">',
        *(f'<path class="lane" d="M0 {y}H1000"/>' for y in LANES.values()),
        *(f'<path class="{kind}" d="{"".join(paths)}"/>' for kind, paths in lines.items() if paths),
        f'<path class="back" d="{"".join(back)}"/>' if back else "",
        "</svg>",
        *marks,
        *_kills(axis),
        *_lost(report, crosses),
        "</svg>",
    ]
    return "".join(body)


def _path(seen: Sequence[Event], axis: Axis) -> tuple[str, list[str], Point]:
    """The order's line; the ways back to the broker of what was redelivered; where the line ends."""
    path, back = "", []
    here: Point | None = None
    for event in seen:
        x = axis.x[event.seq]
        if event.kind == "published":
            path += f"M{x * 1000:.1f} {LANES['producer']}L{x * 1000 + 2:.1f} {LANES['broker']}"
            here = (x + 0.002, LANES["broker"])
        elif event.kind in ("delivered", "redelivered"):
            if here and here[1] != LANES["broker"]:
                gap = next((g for g in reversed(axis.gaps) if here[0] <= g.end <= x), None)
                left, right = (gap.start, gap.end) if gap else (here[0], x)
                back.append(f"M{max(left, here[0]) * 1000:.1f} {LANES['consumer']}L{right * 1000:.1f} {LANES['broker']}")
                path += f"M{right * 1000:.1f} {LANES['broker']}"
            elif not here:
                path += f"M{x * 1000:.1f} {LANES['broker']}"
            path += f"L{x * 1000:.1f} {LANES['consumer']}"
            here = (x, LANES["consumer"])
        elif event.kind in ("charged", "charge_failed") and not event.data.get("replayed"):
            path += f"{'L' if here else 'M'}{x * 1000:.1f} {LANES['shop']}"
            here = (x, LANES["shop"])
    return path, back, here or (0.0, LANES["broker"])


def _marks(seen: Sequence[Event], axis: Axis, kind: str, name: str) -> Iterator[str]:
    charges = 0
    for event in seen:
        x = f"{axis.x[event.seq] * 100:.2f}%"
        if event.kind == "charged" and not event.data.get("replayed"):
            charges += 1
            if charges > 1:
                yield (
                    f'<g class="again"><title>{escape(name)}: charged again</title><circle cx="{x}" cy="{LANES["shop"]}" r="8"/>'
                    f'<text x="{x}" y="{LANES["shop"] + 4}">{charges}</text></g>'
                )
            else:
                yield f'<circle class="done" cx="{x}" cy="{LANES["shop"]}" r="3"/>'
        elif event.kind == "charge_failed":
            yield f'<circle class="failed" cx="{x}" cy="{LANES["shop"]}" r="3.5"><title>{escape(name)}: the shop answered {event.data.get("status", "an error")}</title></circle>'
        elif event.kind in ("acknowledged", "rejected"):
            strong = " lost" if kind == "lost" else ""
            yield f'<line class="tick{strong}" x1="{x}" x2="{x}" y1="{LANES["consumer"] - 10}" y2="{LANES["consumer"]}"/>'


def _band(gap) -> str:
    return (
        f'<rect class="down" x="{gap.start * 100:.2f}%" width="{(gap.end - gap.start) * 100:.2f}%" y="26" height="{HEIGHT - 46}"/>'
        f'<text class="note" text-anchor="middle" x="{(gap.start + gap.end) * 50:.2f}%" y="{HEIGHT - 6}">{gap.seconds:.2f} s</text>'
    )


def _kills(axis: Axis) -> Iterator[str]:
    for actor, x in [*((g.actor, g.start) for g in axis.gaps), *axis.kills]:
        yield _upright("kill", x, f"{actor} killed" if actor == "broker" else "killed", "end" if x > 0.12 else "start")
    for gap in axis.gaps:
        yield _upright("rise", gap.end, "back", "start")


def _upright(name: str, x: float, text: str, anchor: str) -> str:
    dx = -5 if anchor == "end" else 5
    label = f'<text class="{name}" x="{x * 100:.2f}%" dx="{dx}" y="18" text-anchor="{anchor}">{text}</text>' if text else ""
    return f'<line class="{name}" x1="{x * 100:.2f}%" x2="{x * 100:.2f}%" y1="8" y2="{HEIGHT - 20}"/>{label}'


def _lost(report: Report, crosses: dict[str, Point]) -> Iterator[str]:
    r = 4 if len(crosses) > MANY else 5
    for order, (x, y) in crosses.items():
        yield (
            f'<svg class="cross" x="{x * 100:.2f}%" y="{y}" overflow="visible"><title>order {report.numbers[order]}: lost</title>'
            f'<path d="M-{r} -{r}L{r} {r}M{r} -{r}L-{r} {r}"/></svg>'
        )
    if crosses:
        xs = [x for x, _ in crosses.values()]
        middle, y = (min(xs) + max(xs)) / 2, max(y for _, y in crosses.values())
        anchor = "end" if middle > 0.86 else "start" if middle < 0.14 else "middle"
        text = named([report.numbers[o] for o in crosses])
        yield f'<text class="cross" x="{middle * 100:.2f}%" y="{y + 20}" text-anchor="{anchor}">{escape(text)} lost</text>'


def describe(report: Report, axis: Axis) -> str:
    """The picture in words."""
    o, n = report.orders, report.numbers
    said = [f"Picture of the run: {len(o.accepted)} orders accepted, {len(o.charged)} charged."]
    said += [f"The {actor} was killed." for actor, _ in axis.kills]
    said += [f"The {gap.actor} was killed; it was back {gap.seconds:.2f} seconds later." for gap in axis.gaps]
    if o.lost:
        said.append(f"Lost: {named([n[i] for i in o.lost if i in n])}.")
    if o.duplicated:
        said.append(f"Charged more than once: {named([n[i] for i in o.duplicated if i in n])}.")
    return " ".join(said)
