"""Notes what a learner has done in this kernel: cells that ran, predictions scored, checks. Never in the way of a cell."""

import contextlib
import os
from pathlib import Path
from typing import Any

from helpers.bench.report import Report
from helpers.notebook import programs
from helpers.study import course, progress


def book() -> Path:
    """The learner's progress; in a test, a temporary one."""
    return programs.work() / progress.FILE


def page() -> str:
    """The notebook of this kernel: a lesson's name, or the lab's folder; "" where nobody told us.

    Jupyter's server gives each kernel its notebook's path (Jupyter Server, JPY_SESSION_NAME).
    """
    path = Path(os.environ.get("JPY_SESSION_NAME", ""))
    return path.parent.name if path.stem in ("lab", "lab.new") else path.stem.removesuffix(".new")


def watch(shell: Any) -> None:
    """Note each cell that runs to its end. Doing it twice changes nothing."""
    if page() and _ran not in shell.events.callbacks["post_run_cell"]:
        shell.events.register("post_run_cell", _ran)


def _ran(result: Any) -> None:
    cell = getattr(getattr(result, "info", None), "cell_id", None)
    if cell and result.success:
        with contextlib.suppress(Exception):  # a full disk, a book that somebody edited: no reason to disturb the lesson
            progress.ran(book(), page(), cell)


def scored(name: str, right: bool) -> None:
    with contextlib.suppress(Exception):
        progress.scored(book(), name, right, page())


def checked(report: Report) -> None:
    """A check in a lesson, or of the worked solution, solves nothing: those programs are the workbook's own."""
    with contextlib.suppress(Exception):
        progress.checked(book(), report, own=page() not in (*(each.name for each in course.lessons()), "solution"))
