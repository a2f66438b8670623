"""The last result of each lab in this kernel, and the facts of it that are the same in every run."""

from dataclasses import dataclass, field
from typing import Any

from helpers import paths
from helpers.bench.lab import Lab, load
from helpers.bench.report import Report

_results: dict[str, "Result | None"] = {}


class NoResult(LookupError):
    """The lab has not been checked yet."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


@dataclass
class Result:
    """A report as a cell shows it: the card in HTML, the same in plain text."""

    report: Report
    notes: list[str] = field(default_factory=list)
    """Sentences that only the notebook can know."""

    def facts(self, doubles: bool = True) -> str:
        """Verdict, counts and class: nothing that differs from run to run. `doubles`: how many were charged twice, too; where
        two processes share a Redis stream, that hangs on the machine."""
        r, o = self.report, self.report.orders
        if r.kind != "orders":
            return "\n".join([f"{r.verdict}: {sum(w.ok is True for w in r.wishes)} of {len(r.wishes)} wishes hold",
                              *(f"no: {w.title} ({w.found.name})" for w in r.wishes if w.found)])
        lines = [f"{r.verdict}: {r.scenario_title}" if r.scenario_title else r.verdict]
        twice = f", {len(o.duplicated)} {r.effect} twice" if doubles else ""
        left = f"{len(o.left_over)} left in the queue" if r.effect == "charged" else f"{len(o.never_accepted)} never accepted"
        lines.append(f"{len(o.accepted)} accepted, {len(o.charged)} {r.effect}, {len(o.lost)} lost{twice}, {left}")
        if r.cause:
            lines.append(f"cause: {r.cause.name}")
        return "\n".join(lines)

    def judgement(self) -> str:
        """Verdict and class alone, for programs whose counts differ from run to run."""
        return f"{self.report.verdict}: {self.report.cause.name}" if self.report.cause else self.report.verdict

    def still(self) -> dict[str, str]:
        """The card as it is saved: a page can show it without a kernel."""
        from helpers.notebook import card

        return {"text/html": card.html(self.report, self.notes), "text/plain": card.plain(self.report, self.notes)}

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        from helpers.notebook.timeline import widget

        still = self.still()
        return still | widget.view(self.report, still["text/html"])


def remember(result: Result) -> None:
    _results[result.report.lab] = result


def forget(lab: Lab) -> None:
    """A check that did not end leaves no result behind that a later cell could take for its own."""
    _results[lab.name] = None


def last(name: str) -> Result:
    """The result of the lab's last check: of this kernel, else the newest kept run. Raises NoResult, UnknownLab."""
    lab = load(name)
    if lab.name not in _results:
        kept = sorted((paths.RUNS / lab.name).glob("*/report.json"), key=lambda p: p.stat().st_mtime)
        if not kept:
            raise NoResult(f"lab {lab.name} has not been checked yet: run its %%check cell first")
        return Result(Report.load(kept[-1]))
    result = _results[lab.name]
    if result is None:
        raise NoResult(f"the last check of lab {lab.name} was not finished: run its cell again")
    return result
