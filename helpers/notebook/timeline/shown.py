"""What a cell can show beside a card: the picture of one run, or of several, live where widgets are, else still."""

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from helpers.bench.report import Report
from helpers.notebook.theme import style
from helpers.notebook.timeline import figure
from helpers.notebook.timeline.model import Model
from helpers.notebook.timeline.source import model_of
from helpers.notebook.timeline.svg import Drawing
from helpers.notebook.timeline.words import describe

WIDTH = 960
"""Pixels of a drawing that stands alone."""
MOST = 300_000
"""Characters that an output may keep in a saved notebook."""


class Picture:
    """Shown by a cell as HTML, as one SVG, and as text; `svg()` may be written to a file as it is."""

    def __init__(self, models: Sequence[Model], reports: Sequence[Report], titles: Sequence[str], note: str = ""):
        self.models, self.reports, self.titles, self.note = list(models), list(reports), list(titles), note

    def drawings(self, lean: bool = False) -> list[Drawing]:
        """One a run, on one axis where they share it. `lean`: only the orders in trouble."""
        end, ticks = max(model.steps.at for model in self.models), self.models[0].steps.ticks()
        return [Drawing(m, r, end, ticks, lean) for m, r in zip(self.models, self.reports, strict=True)]

    def html(self) -> str:
        drawings = [drawing.svg() for drawing in self.drawings()]
        if sum(map(len, drawings)) > figure.BIGGEST:
            drawings = [drawing.svg() for drawing in self.drawings(lean=True)]
        drawn = figure.html(drawings, self.models, self.titles, self.note)
        return f'{style()}<div class="mqw mqw-card" style="border-left-width:1px">{drawn}</div>'

    def svg(self) -> str:
        """One drawing with a size of its own: the runs one above the other."""
        parts, top = [], 0
        for title, drawing in zip(self.titles, self.drawings(), strict=True):
            if len(self.models) > 1:
                parts.append(f'<text class="name" x="0" y="{top + 18}" font-weight="650">{escape(title)}</text>')
                top += 26
            svg, height = drawing.sized(WIDTH)
            parts.append(f'<svg y="{top}" width="{WIDTH}" height="{height}">{svg}</svg>')
            top += height + 16
        return (f'<svg xmlns="http://www.w3.org/2000/svg" class="mqw-picture" width="{WIDTH}" height="{top}" viewBox="0 0 {WIDTH} {top}" '
                f'font-family="system-ui, sans-serif" font-size="13.5">{"".join(parts)}</svg>')

    def plain(self) -> str:
        runs = list(zip(self.titles, self.reports, self.models, strict=True))
        if len(runs) == 1:
            return describe(runs[0][1], runs[0][2])
        return "\n\n".join(f"{title}\n{describe(report, model)}" for title, report, model in runs)

    def still(self) -> dict[str, str]:
        """Without a kernel. The SVG is for pages that show no HTML of ours, and stays away where both would be too much."""
        bundle = {"text/html": self.html(), "text/plain": self.plain()}
        drawn = self.svg()
        return bundle | ({"image/svg+xml": drawn} if len(drawn) + len(bundle["text/html"]) <= MOST else {})

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        from helpers.notebook.timeline import widget

        still = self.still()
        if not widget.available():
            return still
        return still | widget.Timeline().show(self.models, self.reports, still["text/html"], self.titles).bundle()


def picture(run: Any) -> Picture:
    """`picture(last("07"))`: of a result, a report, or a kept run's folder. Raises ValueError where there is nothing to draw."""
    report = report_of(run)
    model = model_of(report)
    if model is None:
        raise ValueError(f"nothing to draw: the events of this run of lab {report.lab} were not kept, or nothing happened in it")
    return Picture([model], [report], [report.scenario_title], f"run: {report.scenario_title}")


def report_of(run: Any) -> Report:
    """Raises NoRun for a folder that holds no run."""
    from helpers.notebook.timeline import export

    if isinstance(run, (str, Path)):
        return export.load(export.find(str(run)))
    return getattr(run, "report", run)
