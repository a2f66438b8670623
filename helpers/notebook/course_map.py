"""The course as a map: what is read, predicted and solved, and what comes next."""

import os
from html import escape
from pathlib import Path
from typing import Any

from helpers import paths
from helpers.bench.lab import Lab
from helpers.notebook import reading
from helpers.notebook.theme import style
from helpers.study import progress
from helpers.study.progress import LabState, LessonState, Standing

HERE = Path(__file__).parent
GUARANTEES = {"at-most-once": "at most once", "at-least-once": "at least once", "effectively-once": "effectively once"}
SIGNS = {"done": "✓", "begun": "◐", "open": "○", "unwritten": "·"}
"""Shapes; a word stands beside each."""


class Map:
    """Where the learner stood when it was made."""

    def __init__(self, standing: Standing):
        self.standing = standing

    def facts(self) -> str:
        """Names of lessons and labs: nothing that differs from reader to reader."""
        lines = []
        for lesson, labs in self.standing.lessons:
            lines += [f"{lesson.lesson.number} {lesson.lesson.title}", *(f"   lab {number(s.lab)}" for s in labs)]
        return "\n".join(lines)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": text(self.standing), "text/html": html(self.standing)}


def course() -> Map:
    """The course, with what you have read, predicted and solved, and the next step."""
    book = reading.book()
    progress.gather(book)
    return Map(progress.standing(book, reading.page()))


# ------------------------------------------------------------ words that map, lab card and terminal share


def number(lab: Lab) -> str:
    return lab.name.partition("_")[0]


def said(state: LessonState | LabState) -> tuple[str, str]:
    """(state, words): "begun", "begun: 12 of 30 cells run"."""
    if isinstance(state, LabState):
        if state.solved:
            several = f": {', '.join(GUARANTEES.get(g, g) for g in state.solved)}" if len(state.lab.guarantees) > 1 else ""
            return "done", f"solved{several}"
        if state.checks:
            last = {"pass": "passed in part", "fail": "not yet", "error": "ended with an error"}.get(state.last, "no verdict")
            return "begun", f"{state.checks} check{'s' * (state.checks != 1)}, the last: {last}"
        return ("begun", "opened") if state.opened else ("open", "not begun")
    if not state.lesson.written:
        return "unwritten", "being written"
    guesses = f"; {state.right} of {state.predicted} predictions right" if state.predicted else ""
    if state.ended:
        return "done", f"read{guesses}"
    if state.opened or state.ran:
        return "begun", f"begun: {state.ran} of {state.of} cells run{guesses}"
    return "open", "not begun"


def title(state: LessonState | LabState) -> str:
    if isinstance(state, LabState):
        return f"Lab {number(state.lab)}: {state.lab.title}"
    return f"{state.lesson.number} {state.lesson.title}"


def summary(standing: Standing) -> str:
    lessons = [lesson for lesson, _ in standing.lessons if lesson.lesson.written]
    read, solved = sum(s.ended for s in lessons), sum(bool(s.solved) for s in standing.labs)
    said_ = sum(s.predicted for s in lessons)
    guesses = f" · {sum(s.right for s in lessons)} of {said_} predictions right" if said_ else ""
    return f"{read} of {len(lessons)} lessons read · {solved} of {len(standing.labs)} labs solved{guesses}"


def where(state: LessonState | LabState) -> Path:
    """The notebook, below notebooks/ or labs/."""
    if isinstance(state, LabState):
        return Path("labs") / state.lab.name / "lab.ipynb"
    return Path("notebooks") / f"{state.lesson.name}.ipynb"


def link(target: Path) -> str:
    """Its address as seen from the notebook (the kernel's working folder is the notebook's)."""
    base = paths.WORK if Path.cwd().is_relative_to(paths.WORK) else paths.ROOT
    return os.path.relpath(base / target, Path.cwd())


def next_words(standing: Standing) -> str:
    """What to do now."""
    state = standing.next
    if state is None:
        return "Everything is done. Ask a lab for another guarantee, or drill for an interview."
    begun = said(state)[0] == "begun"
    return f"{'Go on' if begun else 'Next'}: {title(state)}"


# ------------------------------------------------------------ drawn


def text(standing: Standing) -> str:
    """The map as lines, as the terminal shows it."""
    lines = [f"The course: {summary(standing)}", ""]
    for lesson, labs in standing.lessons:
        for state in (lesson, *labs):
            mark, words = said(state)
            indent = "     " if isinstance(state, LabState) else ""
            lines.append(f"{SIGNS[mark]} {indent}{title(state)}".ljust(64) + f" {words}")
    state = standing.next
    lines += ["", next_words(standing) + (f"  ({where(state)})" if state is not None else "")]
    return "\n".join(lines)


def html(standing: Standing) -> str:
    css = " ".join((HERE / "course.css").read_text().split())
    rows = "".join(_lesson(lesson, labs, standing.next) for lesson, labs in standing.lessons)
    return (f'{style()}<style>{css}</style><nav class="mqw mqw-card mqw-map" aria-label="the course">'
            f'<header><div><h3>The course</h3><p>{escape(summary(standing))}</p></div>{_next(standing)}</header>'
            f"<ol>{rows}</ol></nav>")


def _next(standing: Standing) -> str:
    words = escape(next_words(standing))
    if standing.next is None:
        return f"<p>{words}</p>"
    return f'<a class="go" href="{escape(link(where(standing.next)))}">{words} <span aria-hidden="true">→</span></a>'


def _lesson(lesson: LessonState, labs: list[LabState], following: Any) -> str:
    below = "".join(f"<li{_class(lab, following)}>{_row(lab)}</li>" for lab in labs)
    return f"<li{_class(lesson, following)}>{_row(lesson)}" + (f"<ol>{below}</ol>" if below else "") + "</li>"


def _class(state: LessonState | LabState, following: Any) -> str:
    return f' class="{said(state)[0]}"' + (' aria-current="step"' if state is following else "")


def _row(state: LessonState | LabState) -> str:
    mark, words = said(state)
    name = escape(title(state))
    if mark != "unwritten":
        name = f'<a href="{escape(link(where(state)))}">{name}</a>'
    more = state.lesson.shows if isinstance(state, LessonState) else state.lab.usual
    share = ""
    if isinstance(state, LessonState) and mark == "begun" and state.of:
        share = f'<span class="share" aria-hidden="true"><span style="width:{100 * state.ran / state.of:.0f}%"></span></span>'
    return (f'<div class="row"><b aria-hidden="true">{SIGNS[mark]}</b>'
            f'<span class="what">{name} <small>{escape(more)}</small></span>'
            f'<span class="state">{share}{escape(words)}</span></div>')
