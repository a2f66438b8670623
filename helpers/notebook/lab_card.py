"""A lab on one card: its story, what must hold, hints, the ways out, and the runs so far with their verdicts."""

from html import escape
from pathlib import Path
from typing import Any

import mistune

from helpers import paths
from helpers.bench import exam_notebook
from helpers.bench.lab import GUARANTEES as ALL_GUARANTEES
from helpers.bench.lab import Lab, all_names, load
from helpers.bench.lab_notebook import must_hold, split, story_of
from helpers.bench.report import Report
from helpers.notebook import card, reading
from helpers.notebook.course_map import GUARANTEES, SIGNS, link, number, said
from helpers.notebook.results import NoResult, Result
from helpers.notebook.theme import style
from helpers.study import progress
from helpers.study.progress import LabState

HERE = Path(__file__).parent


class LabCard:
    """runs: reports of the kept runs, the newest first."""

    def __init__(self, lab: Lab, state: LabState, runs: list[Report]):
        self.lab, self.state, self.runs = lab, state, runs

    def run(self, which: int = 1) -> Result:
        """The card of a past run, as numbered in the table: 1 is the newest. Raises NoResult."""
        if not 1 <= which <= len(self.runs):
            raise NoResult(f"lab {self.lab.name} has {len(self.runs)} kept runs: run(1) is the newest")
        return Result(self.runs[which - 1])

    def facts(self) -> str:
        """Nothing that differs from reader to reader."""
        return f"Lab {number(self.lab)}: {self.lab.title} ({len(self.lab.hints)} hints)"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": text(self), "text/html": html(self)}


def lab(name: str | None = None) -> LabCard:
    """The lab's card; without a name, of the lab whose notebook this is. Raises UnknownLab."""
    here = Path.cwd().name  # a lab's notebook lies in the lab's folder
    if name is None and here not in all_names():
        raise NoResult('Which lab? Name it: lab("07")')
    found = load(name or here)
    book = reading.book()
    progress.gather(book)
    state = next(s for s in progress.standing(book).labs if s.lab.name == found.name)
    return LabCard(found, state, [report for report in past(found) if progress.is_the_learners(report, book.parent)])


def past(lab: Lab) -> list[Report]:
    """The kept runs that can be read, the newest first."""
    found = []
    for path in sorted((paths.RUNS / lab.name).glob("*/report.json"), reverse=True):
        try:
            report = Report.load(path)
        except (OSError, ValueError, KeyError, TypeError):
            continue
        report.run_dir = str(path.parent)
        found.append(report)
    return found


# ------------------------------------------------------------ text


def text(card_: LabCard) -> str:
    lab, state = card_.lab, card_.state
    head, _ = split(story_of(lab))
    lines = [f"Lab {number(lab)}: {lab.title}", f"{SIGNS[said(state)[0]]} {said(state)[1]} · {_facts(lab)}", "", head, ""]
    lines += [f"What must hold: {what}" for what in _must(lab)]
    lines += ["", f"Its notebook: labs/{lab.name}/lab.ipynb. Hints: hint(\"{number(lab)}\"). Worked: "
              f"solution(\"{number(lab)}\", confirm=True). The starter back: reset(\"{number(lab)}\")."]
    lines += ["", "Past runs, the newest first:" if card_.runs else "No run is kept yet."]
    lines += [f"{k:>3}  {_when(r)}  {card.SHAPES[r.verdict]} {card.WORDS[r.verdict]:<10} {card.headline(r)}"
              + (f" [{r.cause.name}]" if r.cause else "") for k, r in enumerate(card_.runs, 1)]
    return "\n".join(lines)


def _facts(lab: Lab) -> str:
    return f"{exam_notebook.NAMES[lab.broker]} · usually {lab.usual}"


def _must(lab: Lab) -> list[str]:
    if lab.kind != "orders":
        return [wish.title for wish in lab.wishes]
    first = lab.guarantees[0]
    return [f"{what}: {cells[first].replace('*', '')}" for what, cells in must_hold(lab)]


def _when(report: Report) -> str:
    day, _, clock = Path(report.run_dir).name.partition(".")[0].partition("T")
    return f"{day} {clock.replace('-', ':')[:5]}"


# ------------------------------------------------------------ HTML


def html(card_: LabCard) -> str:
    lab, state = card_.lab, card_.state
    head, sections = split(story_of(lab))
    mark, words = said(state)
    css = " ".join((HERE / "lab_card.css").read_text().split())
    more = "".join(_section(section) for section in sections)
    notebook = escape(link(Path("labs") / lab.name / "lab.ipynb"))
    return (
        f'{style()}<style>{css}</style><article class="mqw mqw-card mqw-lab" aria-label="lab {escape(lab.name)}">'
        f'<header><div><h3>Lab {number(lab)}: {escape(lab.title)}</h3>'
        f'<p class="{mark}"><b aria-hidden="true">{SIGNS[mark]}</b> {escape(words)} · {escape(_facts(lab))}</p></div>'
        f'<a class="go" href="{notebook}">Open its notebook <span aria-hidden="true">→</span></a></header>'
        f"{_markdown(head)}{more}{_holds(lab)}{_hints(lab)}{_ways(lab)}{_runs(card_)}</article>"
    )


def _section(section: str) -> str:
    title, _, body = section.partition("\n")
    return f"<details><summary>{escape(title.lstrip('# '))}</summary>{_markdown(body)}</details>"


def _markdown(source: str) -> str:
    return str(mistune.create_markdown(escape=True, plugins=["table"])(source))


def _holds(lab: Lab) -> str:
    if lab.kind != "orders":
        return "<h4>What is asked</h4><ul>" + "".join(f"<li>{escape(wish.title)}</li>" for wish in lab.wishes) + "</ul>"
    columns = [g for g in ALL_GUARANTEES if g in lab.guarantees]
    columns.sort(key=list(lab.guarantees).index)
    head = "".join(f'<th scope="col">{escape(GUARANTEES[g])}</th>' for g in columns)
    body = "".join(f'<tr><th scope="row">{escape(what)}</th>' + "".join(
        f"<td{_strong(cells[g])}>{escape(cells[g].replace('*', ''))}</td>" for g in columns) + "</tr>"
        for what, cells in must_hold(lab))
    return f'<h4>What must hold</h4><table class="holds"><thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table>'


def _strong(cell: str) -> str:
    return ' class="never"' if "**" in cell else ""


def _hints(lab: Lab) -> str:
    kinds = ("a question", "a direction", "nearly the answer")
    return "<h4>Hints</h4>" + "".join(
        f"<details><summary>Hint {k}: {kind}</summary><p>{escape(hint)}</p></details>"
        for k, (hint, kind) in enumerate(zip(lab.hints, kinds, strict=True), 1))


def _ways(lab: Lab) -> str:
    n, worked = number(lab), escape(link(Path("solutions") / lab.name / "solution.ipynb"))
    return (f'<h4>When you are stuck</h4><ul class="ways">'
            f'<li><code>reset("{n}")</code> brings the starter back; yours is kept beside it</li>'
            f'<li><code>solution("{n}", confirm=True)</code> shows the worked answer; '
            f'<a href="{worked}">with the mistakes people make</a></li></ul>')


def _runs(card_: LabCard) -> str:
    if not card_.runs:
        return "<h4>Your runs</h4><p>None is kept yet. Each check leaves one here.</p>"
    rows = "".join(_run(card_.lab, k, r) for k, r in enumerate(card_.runs[:8], 1))
    older = len(card_.runs) - 8
    more = ""
    if older > 0:
        rest = "".join(_run(card_.lab, k, r) for k, r in enumerate(card_.runs[8:], 9))
        more = f"<details><summary>{older} older</summary>{_table(rest)}</details>"
    return (f"<h4>Runs that are kept</h4>{_table(rows)}{more}"
            f'<p class="soft"><code>lab("{number(card_.lab)}").run(1)</code> shows the first again, picture and all. Each '
            "folder holds the program as it ran, what it printed, every event, and the broker as it stood at the end.</p>")


def _table(rows: str) -> str:
    head = "".join(f'<th scope="col">{word}</th>' for word in ("when", "verdict", "what", "kept in"))
    return f'<table class="past"><thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _run(lab: Lab, k: int, r: Report) -> str:
    cause = f" <code>{escape(r.cause.name)}</code>" if r.cause else ""
    asked = f", {GUARANTEES.get(r.guarantee, r.guarantee)}" if len(lab.guarantees) > 1 else ""
    folder = Path(r.run_dir)
    kept = str(folder.relative_to(paths.ROOT)) if folder.is_relative_to(paths.ROOT) else str(folder)
    return (f'<tr><th scope="row">{k}</th><td>{escape(_when(r))}</td>'
            f'<td class="{r.verdict}"><b aria-hidden="true">{card.SHAPES[r.verdict]}</b> {card.WORDS[r.verdict]}</td>'
            f"<td>{escape(card.headline(r))}{escape(asked)}{' (calm)' if r.calm else ''}{cause}</td>"
            f"<td><details><summary>files</summary><code>{escape(kept)}</code><br>"
            f"<code>python -m helpers export {escape(kept)}</code></details></td></tr>")
