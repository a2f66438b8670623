"""How far a learner is: one file of JSON lines in work/, which an update leaves alone.

Entries: `opened` (a page's first cell ran), `cell` (a cell of a lesson ran to its end), `ended` (a lesson's last cell did),
`scored` (a prediction was held against a run), `checked` (a lab's check came to a verdict), `drilled` and `interview` (see
schedule.py). Nothing is ever taken back.
"""

import json
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from helpers import paths
from helpers.bench.lab import Lab, UnknownLab, load
from helpers.bench.report import Report
from helpers.study import course

FILE = "progress.jsonl"
FORMAT, VERSION = "workbook-progress", 1
"""First line of an exported file. Entries that a version does not know are kept and passed over."""


@dataclass
class LessonState:
    """ran, of: code cells that ran to their end, and all of them; ended: its last one did; predicted, right: predictions
    that a run has scored, and those that were right."""

    lesson: course.Lesson
    opened: bool = False
    ran: int = 0
    of: int = 0
    ended: bool = False
    predicted: int = 0
    right: int = 0


@dataclass
class LabState:
    """checks: how many of their own programs came to a verdict; last: the newest verdict; solved: guarantee -> day of its
    first pass."""

    lab: Lab
    opened: bool = False
    checks: int = 0
    last: str = ""
    solved: dict[str, str] = field(default_factory=dict)

    @property
    def begun(self) -> bool:
        return self.opened or self.checks > 0


@dataclass
class Standing:
    """lessons: each with the labs that follow it. next: what to do now; None where everything is done."""

    lessons: list[tuple[LessonState, list[LabState]]]
    next: LessonState | LabState | None

    @property
    def labs(self) -> list[LabState]:
        return [lab for _, labs in self.lessons for lab in labs]


# ------------------------------------------------------------ what happens is written down


def ran(book: Path, page: str, cell: str) -> None:
    """A code cell of a page ran to its end without an error."""
    if page not in course.names():
        return
    entries = _entries(book)
    news: list[dict[str, Any]] = []
    if not any(e.get("opened") == page for e in entries):
        news.append({"opened": page})
    cells = course.cells(page)
    done = {e["cell"] for e in entries if e.get("of") == page and "cell" in e}
    if cell in cells and cell not in done:
        news.append({"cell": cell, "of": page})
        done.add(cell)
    # Who only runs the last cell has not read the lesson.
    through = bool(cells) and cells[-1] in done and 2 * len(done.intersection(cells)) >= len(cells)
    if through and not any(e.get("ended") == page for e in entries):
        news.append({"ended": page})
    _append(book, news)


def scored(book: Path, name: str, right: bool, page: str) -> None:
    """A prediction was held against a run."""
    _append(book, [{"scored": name, "right": right, "page": page}])


def checked(book: Path, report: Report, own: bool = True) -> None:
    """A check came to a verdict; the same run is written down once. `own`: of a program of the learner's own."""
    run = _run_name(report)
    if any(e.get("checked") == report.lab and e.get("run") == run for e in _entries(book)):
        return
    whole = own and report.verdict == "pass" and not report.calm and _whole(report)
    _append(book, [{"checked": report.lab, "run": run, "verdict": report.verdict, "guarantee": report.guarantee,
                    "whole": whole, "own": own}])


def gather(book: Path) -> None:
    """Write down what was checked in a terminal: kept runs of the learner's own programs."""
    known = {(e.get("checked"), e.get("run")) for e in _entries(book)}
    for path in sorted(paths.RUNS.glob("*/*/report.json")):
        if (path.parts[-3], path.parts[-2]) in known:
            continue
        try:
            report = Report.load(path)
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if is_the_learners(report, book.parent):
            checked(book, report)


def _run_name(report: Report) -> str:
    return Path(report.run_dir).name or f"seed {report.seed}"


def _whole(report: Report) -> bool:
    """Whether all that the guarantee asks for was run, not one scenario alone."""
    try:
        lab = load(report.lab)
    except UnknownLab:
        return False
    if report.kind != "orders":
        return not report.wishes or all(wish.ok for wish in report.wishes)
    return {s.name for s in report.scenarios} >= {s.name for s in lab.scenarios if report.guarantee in s.guarantees}


def is_the_learners(report: Report, work: Path) -> bool:
    """Whether the programs are neither the workbook's own, nor a lesson's, nor made by a test."""
    ours = (paths.ROOT, Path(tempfile.gettempdir()))

    def one(file: str) -> bool:
        path = Path(file)
        if path.is_relative_to(work):
            return not path.is_relative_to(work / "lessons")
        return bool(file) and work == paths.ROOT / "work" and not any(path.is_relative_to(each) for each in ours)

    return bool(report.programs) and all(one(program.file) for program in report.programs)


# ------------------------------------------------------------ how far


def standing(book: Path, here: str = "") -> Standing:
    """Where the learner stands in every lesson and lab. `here`: the page they are on, which is not what comes next."""
    entries = _entries(book)
    out = [(_lesson(lesson, entries), [_lab(lab, entries) for lab in lesson.labs]) for lesson in course.lessons()]
    return Standing(out, _next([each for lesson, labs in out for each in (lesson, *labs)], here))


def _lesson(lesson: course.Lesson, entries: list[dict]) -> LessonState:
    cells = course.cells(lesson.name)
    done = {e["cell"] for e in entries if e.get("of") == lesson.name and "cell" in e}
    guesses = {e["scored"]: bool(e.get("right")) for e in entries if e.get("page") == lesson.name and "scored" in e}
    return LessonState(
        lesson, any(e.get("opened") == lesson.name for e in entries), len(done.intersection(cells)), len(cells),
        any(e.get("ended") == lesson.name for e in entries), len(guesses), sum(guesses.values()))


def _lab(lab: Lab, entries: list[dict]) -> LabState:
    state = LabState(lab, any(e.get("opened") == lab.name for e in entries))
    for entry in entries:
        if entry.get("checked") == lab.name and entry.get("own", True):
            state.checks += 1
            state.last = entry.get("verdict", "")
            if entry.get("whole"):
                state.solved.setdefault(entry.get("guarantee", ""), str(entry.get("at", ""))[:10])
    return state


def done(state: LessonState | LabState) -> bool:
    return state.ended if isinstance(state, LessonState) else bool(state.solved)


def _next(states: Iterable[LessonState | LabState], here: str) -> LessonState | LabState | None:
    """What comes first of those that are not done; a lesson that is not written is passed over. A learner who begins further
    on is not sent back: the search begins at the last thing that was begun."""
    there = [s for s in states if isinstance(s, LabState) or s.lesson.written]
    touched = [k for k, s in enumerate(there) if (s.opened or s.ran if isinstance(s, LessonState) else s.begun)]
    start = touched[-1] if touched else 0
    return next((s for s in [*there[start:], *there[:start]] if not done(s) and name(s) != here), None)


def name(state: LessonState | LabState) -> str:
    return state.lesson.name if isinstance(state, LessonState) else state.lab.name


# ------------------------------------------------------------ the book


def read(book: Path) -> list[dict]:
    """Every entry, oldest first."""
    return _entries(book)


def write(book: Path, entry: dict[str, Any]) -> None:
    """One entry more, with the time."""
    _append(book, [entry])


def export(book: Path, target: Path) -> int:
    """Write all entries into a file of their own, to be taken to another machine; how many. Raises OSError."""
    entries = _entries(book)
    _replace(target, [{FORMAT: VERSION}, *entries])
    return len(entries)


def bring_in(book: Path, source: Path) -> int:
    """Add the entries of an exported file that are not here yet; how many. Raises FileNotFoundError; ValueError for another
    file, and for one of a later version."""
    if not source.is_file():
        raise FileNotFoundError(f"there is no file {source}")
    entries = _entries(source)
    version = entries[0].get(FORMAT) if entries else None
    if version is None:
        raise ValueError(f"{source} is not an export of this workbook's progress")
    if version > VERSION:
        raise ValueError(f"{source} comes from a later version of the workbook ({version}; this one reads up to {VERSION}): update first")
    ours = _entries(book)
    here = {json.dumps(e, sort_keys=True) for e in ours}
    news = [e for e in entries[1:] if json.dumps(e, sort_keys=True) not in here]
    _replace(book, sorted([*ours, *news], key=lambda e: str(e.get("at", ""))))
    return len(news)


def set_aside(book: Path) -> Path | None:
    """Begin anew: the file is kept under another name, which is returned; None where there was none."""
    if not book.exists():
        return None
    aside = book.with_name(f"progress-until-{datetime.now(UTC):%Y-%m-%dT%H-%M-%S-%f}.jsonl")
    book.rename(aside)
    return aside


def _replace(file: Path, entries: list[dict[str, Any]]) -> None:
    """Whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f"{file.name}.new")
    fresh.write_text("".join(json.dumps(e) + "\n" for e in entries))
    fresh.replace(file)


def _entries(book: Path) -> list[dict]:
    """A line that a crash cut short is passed over."""
    try:
        lines = book.read_text(errors="replace").splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return [e for e in found if isinstance(e, dict)]


def _append(book: Path, entries: list[dict[str, Any]]) -> None:
    """In one write: two kernels may do it at once."""
    if not entries:
        return
    book.parent.mkdir(parents=True, exist_ok=True)
    at = datetime.now(UTC).isoformat(timespec="seconds")
    text = "".join(json.dumps({"at": at, **entry}) + "\n" for entry in entries)
    with book.open("ab+") as file:
        if file.tell() and _unfinished(file):
            text = "\n" + text
        file.write(text.encode())


def _unfinished(file) -> bool:
    """Whether the last line was cut short: what is written next must not be lost with it."""
    file.seek(-1, 2)
    return file.read(1) != b"\n"
