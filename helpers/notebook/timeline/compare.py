"""Two runs one above the other on one axis: a wrong program and a right one, or two guarantees, with the same orders."""

from pathlib import Path
from typing import Any

from helpers.bench.report import Report
from helpers.notebook.theme import style
from helpers.notebook.timeline import figure
from helpers.notebook.timeline.model import Model
from helpers.notebook.timeline.source import events_of
from helpers.notebook.timeline.steps import Steps, merged
from helpers.notebook.timeline.svg import Drawing
from helpers.notebook.timeline.words import describe

GUARANTEES = {"at-most-once": "at most once", "at-least-once": "at least once", "effectively-once": "effectively once"}
SHAPES = {"pass": "✓", "fail": "✗", "unknown": "?", "error": "!"}


class Comparison:
    """Shown by a cell: live where widgets are, else still. Raises ValueError for runs whose events were not kept."""

    def __init__(self, first: Report, second: Report):
        self.reports = [first, second]
        self.models = on_one_axis(self.reports)
        self.titles = titles(self.reports)

    def facts(self) -> str:
        """What differs, without what changes from run to run."""
        return "\n".join(f"{title}: {len(r.orders.lost)} lost, {len(r.orders.duplicated)} charged twice"
                         for title, r in zip(self.titles, self.reports, strict=True))

    def drawings(self) -> list[str]:
        end, ticks = self.models[0].steps.at, self.models[0].steps.ticks()
        return [Drawing(m, r, end, ticks).svg() for m, r in zip(self.models, self.reports, strict=True)]

    def html(self) -> str:
        drawn = figure.html(self.drawings(), self.models, self.titles, "both runs on one axis")
        return f'{style()}<div class="mqw mqw-card mqw-compare" style="border-left-width:1px">{drawn}</div>'

    def plain(self) -> str:
        runs = zip(self.titles, self.reports, self.models, strict=True)
        return "\n\n".join(f"{title}\n{describe(report, model)}" for title, report, model in runs)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        from helpers.notebook.timeline import widget

        still = {"text/html": self.html(), "text/plain": self.plain()}
        if not widget.available():
            return still
        live = widget.Timeline().show(self.models, self.reports, still["text/html"], self.titles)
        return still | live.bundle()


def on_one_axis(reports: list[Report]) -> list[Model]:
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


def titles(reports: list[Report]) -> list[str]:
    """A name for each run, of what tells them apart: program, guarantee, else scenario; then the outcome."""
    parts = [[", ".join(Path(p.file).name for p in r.programs), GUARANTEES.get(r.guarantee, r.guarantee), r.scenario_title]
             for r in reports]
    differing = [k for k in range(3) if len({row[k] for row in parts}) > 1] or [2]
    names = [" · ".join(row[k] for k in differing if row[k]) for row in parts]
    return [f"{SHAPES[r.verdict]} {name}: {outcome(r)}" for name, r in zip(names, reports, strict=True)]


def outcome(r: Report) -> str:
    o, n = r.orders, len(r.orders.accepted)
    said = [f"{len(ids)} {word}" for ids, word in ((o.lost, "lost"), (o.duplicated, "charged more than once")) if ids]
    return f"{len(o.charged)} of {n} charged" + (f", {', '.join(said)}" if said else "")


def compare(first: Any, second: Any) -> Comparison:
    """`compare(before, after)`: results of `last("07")`, reports, or folders of kept runs. Raises ValueError, NoRun."""
    return Comparison(_report(first), _report(second))


def _report(run: Any) -> Report:
    from helpers.notebook.timeline import export

    if isinstance(run, (str, Path)):
        return export.load(export.find(str(run)))
    return getattr(run, "report", run)
