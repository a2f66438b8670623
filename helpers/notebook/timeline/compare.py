"""Two runs one above the other on one axis: a wrong program and a right one, or two guarantees, with the same orders."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from helpers.bench.report import Report
from helpers.notebook.timeline.model import Model
from helpers.notebook.timeline.shown import Picture, report_of
from helpers.notebook.timeline.source import events_of
from helpers.notebook.timeline.steps import Steps, merged

GUARANTEES = {"at-most-once": "at most once", "at-least-once": "at least once", "effectively-once": "effectively once"}
SHAPES = {"pass": "✓", "fail": "✗", "unknown": "?", "error": "!"}


class Comparison(Picture):
    """Raises ValueError for runs whose events were not kept."""

    def __init__(self, first: Report, second: Report):
        reports = [first, second]
        super().__init__(on_one_axis(reports), reports, titles(reports), "both runs on one axis")

    def facts(self) -> str:
        """What differs, without what changes from run to run."""
        return "\n".join(f"{title}: {len(r.orders.lost)} lost, {len(r.orders.duplicated)} {r.effect} twice"
                         for title, r in zip(self.titles, self.reports, strict=True))


def on_one_axis(reports: Sequence[Report]) -> list[Model]:
    """A model for each report; a moment stands at the same place in all of them."""
    steps = Steps()
    models = [Model(steps, run) for run in range(len(reports))]
    timed = []
    for model, report in zip(models, reports, strict=True):
        events = events_of(report)
        if not events:
            raise ValueError(f"the events of this run of lab {report.lab} were not kept ({report.run_dir or 'no folder'})")
        began = next((e for e in events if e.kind == "started"), events[0])
        model.began = began.data.get("began_ns") or began.t_ns
        timed.append([(model.since(event), event) for event in events])
    for run, time, event in merged(timed):
        models[run].take(event, time)
    for model, report in zip(models, reports, strict=True):
        model.finish(report)
    return models


def titles(reports: Sequence[Report]) -> list[str]:
    """A name for each run, of what tells them apart: program, guarantee, else scenario; then the outcome."""
    parts = [[", ".join(Path(p.file).name for p in r.programs), GUARANTEES.get(r.guarantee, r.guarantee), r.scenario_title]
             for r in reports]
    differing = [k for k in range(3) if len({row[k] for row in parts}) > 1] or [2]
    names = [" · ".join(row[k] for k in differing if row[k]) for row in parts]
    return [f"{SHAPES[r.verdict]} {name}: {outcome(r)}" for name, r in zip(names, reports, strict=True)]


def outcome(r: Report) -> str:
    """"23 of 24 charged, 1 lost"."""
    o, n = r.orders, len(r.orders.accepted)
    said = [f"{len(ids)} {word}" for ids, word in ((o.lost, "lost"), (o.duplicated, f"{r.effect} more than once")) if ids]
    return f"{len(o.charged)} of {n} {r.effect}" + (f", {', '.join(said)}" if said else "")


def compare(first: Any, second: Any) -> Comparison:
    """`compare(before, after)`: results of `last("07")`, reports, or folders of kept runs. Raises ValueError, NoRun."""
    return Comparison(report_of(first), report_of(second))
