"""A run's picture as a figure: the still drawing, its key, and the place where the live one may stand."""

from collections.abc import Sequence
from html import escape
from typing import Any

from helpers.bench.report import Report
from helpers.notebook.timeline.model import Model
from helpers.notebook.timeline.svg import Drawing
from helpers.notebook.timeline.words import WORDS, describe

BIGGEST = 200_000
"""Characters of a still picture in a saved notebook; of a larger one only the orders in trouble are drawn."""


def key(models: Sequence[Model]) -> list[tuple[str, str, str]]:
    """(tone, sign, word) of each sign that stands in the pictures."""
    rows = [row for model in models for row in model.events if row[2] >= 0]
    kinds = {row[4] for row in rows}
    again = any(row[4] in ("delivered", "redelivered") and row[7] for row in rows)
    lost = any(model.crosses for model in models)
    twice = any(entry["status"] == "twice" for model in models for entry in model.orders)
    shop = {lane["id"] for model in models for lane in model.lanes if lane["role"] == "shop"}
    kept = any(row[4] == "accepted" and row[3] in shop for row in rows)
    effect = next((model.effect for model in models), "charged")
    found = [("ok", "○", "accepted", kept), ("ok", "●", "charged", "charged" in kinds),
             ("bad", "✕", "lost", lost), ("twice", "②", f"{effect} again", twice),
             ("doubt", "↻", "delivered again", again), ("soft", "╵", "acknowledged", "acknowledged" in kinds),
             ("soft", "╷", "rejected", "rejected" in kinds),
             ("doubt", "○", "the shop could not, or would not", "charge_failed" in kinds),
             ("doubt", "○", "returned or refused by the broker", bool(kinds & {"returned", "refused"})),
             ("doubt", "□", ", ".join(_ends(kinds, effect)), bool(_ends(kinds, effect)))]
    return [(tone, sign, word) for tone, sign, word, shown in found if shown]


def _ends(kinds: set[str], effect: str) -> list[str]:
    """What a square says: the census at the end found the order there. Where orders are charged it should not stand there."""
    there = "left over at the end" if effect == "charged" else "there at the end"
    return [there] * ("queued" in kinds) + ["among the dead letters"] * ("dead_lettered" in kinds)


def html(drawings: Sequence[str], models: Sequence[Model], titles: Sequence[str], note: str = "") -> str:
    """The figure. `drawings`: one SVG a run, one above the other."""
    several = len(drawings) > 1
    still = "".join((f'<h4 class="which">{escape(title)}</h4>' if several else "") + drawing
                    for title, drawing in zip(titles, drawings, strict=True))
    legend = "".join(f'<li class="{tone}"><b aria-hidden="true">{sign}</b> {word}</li>' for tone, sign, word in key(models))
    notes = ["one step an event, more where time passed", note]
    told = "".join(f"<span>{escape(text)}</span>" for text in notes if text)
    return (f'<figure class="mqw-figure"><div class="still">{still}</div>'
            f'<figcaption><ul aria-label="key">{legend}</ul>{told}</figcaption></figure>')


def of(report: Report, model: Model | None) -> str:
    """The figure of one report's run; "" where there is nothing to draw."""
    if model is None:
        return ""
    drawing = Drawing(model, report).svg()
    if len(drawing) > BIGGEST:
        drawing = Drawing(model, report, lean=True).svg()
    return html([drawing], [model], [report.scenario_title], f"run: {report.scenario_title}")


def payload(models: Sequence[Model], reports: Sequence[Report | None], titles: Sequence[str]) -> dict[str, Any]:
    """What the live picture draws: each run's layout, its name, and the whole in words."""
    runs = []
    for model, report, title in zip(models, reports, titles, strict=True):
        said = describe(report, model) if report is not None else ""
        runs.append(model.as_dict() | {"title": title if len(models) > 1 else "", "said": said})
    return {"words": WORDS, "runs": runs}
