"""Predictions: committed before a run, scored by it, kept so that a learner can look back.

A book is a file of JSON lines. Of each name it holds, in this order and again at each new try: `asked`, `said` (any
number of times, the last counts), `scored`. What is said after `scored` is too late until the question is asked again.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from helpers.bench.report import Report

WIDTH = 90
"""Characters in a line of what is told: a page breaks longer ones in the middle of a word."""

COUNTS = {
    "lost": "orders lost", "charged": "orders charged", "duplicated": "orders charged twice", "left_over": "orders left in the queue",
}
"""What can be predicted of a lab's run: fields of report.Orders, and their words."""

Answer = str | int | float


class TooLate(ValueError):
    """The run is known already: ask again first."""


@dataclass(frozen=True)
class Question:
    """What is asked before a run: one of `choices`, or, without any, a number of `unit`.

    A number is right from found / `factor` to found * `factor`; with the factor 1 only the number itself is.
    """

    name: str
    words: str
    choices: tuple[str, ...] = ()
    unit: str = ""
    factor: float = 1.0

    def __post_init__(self) -> None:
        if len(set(self.choices)) != len(self.choices) or len(self.choices) == 1:
            raise ValueError(f"{self.name}: choices are two or more, and differ")
        if self.factor < 1:
            raise ValueError(f"{self.name}: the factor is 1 or more, so that factor=2 means half to double")

    def read(self, said: Any) -> Answer:
        """A guess or a finding as it is compared: one of the choices, or a number. True and False are yes and no.

        Raises ValueError, whose text says what could be written.
        """
        if isinstance(said, bool):
            said = "yes" if said else "no"
        if self.choices:
            if str(said) in self.choices:
                return str(said)
            raise ValueError(f"{said!r} is none of: {', '.join(self.choices)}")
        return _number(said, self.unit)

    def right(self, said: Answer, found: Answer) -> bool:
        if self.choices or self.factor == 1 or found == 0 or (said < 0) != (found < 0):
            return said == found
        return abs(found) / self.factor <= abs(said) <= abs(found) * self.factor

    def told(self, answer: Answer) -> str:
        """The answer with its unit: "17 orders"."""
        if self.choices:
            return str(answer)
        number = f"{answer:,}" if isinstance(answer, int) else f"{answer:,.0f}" if abs(answer) >= 100 else f"{answer:.3g}"
        return f"{number} {_one(self.unit) if number == '1' else self.unit}".rstrip()


def _one(unit: str) -> str:
    """orders: order, entries: entry; ms stays ms."""
    plural = len(unit) > 2 and unit.endswith("s") and not unit.endswith("ss")
    return unit[:-3] + "y" if unit.endswith("ies") else unit[:-1] if plural else unit


@dataclass(frozen=True)
class Outcome:
    """A guess beside what the run found; `said` is None where nothing was committed."""

    question: Question
    said: Answer | None
    found: Answer

    @property
    def right(self) -> bool:
        return self.said is not None and self.question.right(self.said, self.found)


def ask(book: Path, question: Question) -> Answer | None:
    """Open the question; the guess that stands already, which a second call does not throw away, else None."""
    said, scored, asked = _state(book, question.name)
    if asked is not None and not scored and asked == _asked(question):
        return said
    _append(book, {"asked": question.name, "question": _asked(question)})
    return None


def answer(book: Path, question: Question, said: Any) -> Answer:
    """Commit a guess. Raises ValueError for what cannot be an answer, TooLate where the run has told."""
    read = question.read(said)
    if _state(book, question.name)[1]:
        raise TooLate("The run has told already. To guess anew, run the cell of the question again.")
    _append(book, {"said": read, "name": question.name})
    return read


def settle(book: Path, name: str, found: Any) -> Outcome | None:
    """Hold the guess against what a run found, and write both down; None where `name` was never asked.

    Raises ValueError where what was found could not have been said: a fault of the page.
    """
    said, _, asked = _state(book, name)
    if asked is None:
        return None
    question = Question(name, asked["words"], tuple(asked["choices"]), asked["unit"], asked["factor"])
    outcome = Outcome(question, said, question.read(found))
    _append(book, {"scored": name, "said": said, "found": outcome.found, "right": outcome.right})
    return outcome


def past(book: Path, names: list[str]) -> list[Outcome]:
    """The last outcome of each name that has one, in the order of the names."""
    found = []
    for name in names:
        entries = [e for e in _entries(book) if name in (e.get("scored"), e.get("asked"))]
        scored = [e for e in entries if "scored" in e and "found" in e]
        asked = [e["question"] for e in entries if "question" in e]
        if scored and asked:
            q = Question(name, asked[-1]["words"], tuple(asked[-1]["choices"]), asked[-1]["unit"], asked[-1]["factor"])
            found.append(Outcome(q, scored[-1]["said"], scored[-1]["found"]))
    return found


# ------------------------------------------------------------ the counts of a lab's report


@dataclass(frozen=True)
class Score:
    """One predicted number beside what the run found; `said` is None where nothing was predicted."""

    what: str
    said: int | None
    found: int

    @property
    def right(self) -> bool:
        return self.said == self.found


def commit(book: Path, name: str, said: Mapping[str, int | None]) -> None:
    """Write down counts of a lab's run. Raises ValueError for what cannot be predicted."""
    for what, number in said.items():
        if what not in COUNTS:
            raise ValueError(f"{what!r} cannot be predicted; these can: {', '.join(COUNTS)}")
        if number is not None and (isinstance(number, bool) or not isinstance(number, int) or number < 0):
            raise ValueError(f"{what} is a number of orders, such as {what}=3")
    _append(book, {"prediction": name, "said": dict(said)})


def score(book: Path, name: str, report: Report) -> list[Score]:
    """Hold the last counts of that name against a run, and write the result down. [] where there are none."""
    said = [e["said"] for e in _entries(book) if e.get("prediction") == name]
    if not said:
        return []
    found = [Score(COUNTS[what], number, len(getattr(report.orders, what))) for what, number in said[-1].items()]
    _append(book, {"scored": name, "lab": report.lab, "seed": report.seed, "right": all(s.right for s in found)})
    return found


# ------------------------------------------------------------ the book


def _state(book: Path, name: str) -> tuple[Answer | None, bool, dict | None]:
    """Of the newest try: what was said, whether it was scored, the question as it was asked (None: never)."""
    said, scored, asked = None, False, None
    for entry in _entries(book):
        if entry.get("asked") == name:
            said, scored, asked = None, False, entry["question"]
        elif entry.get("name") == name:
            said = entry["said"]
        elif entry.get("scored") == name and "found" in entry:
            scored = True
    return said, scored, asked


def _asked(question: Question) -> dict:
    return {"words": question.words, "choices": list(question.choices), "unit": question.unit, "factor": question.factor}


def _number(said: Any, unit: str) -> int | float:
    text = str(said).strip().removesuffix(unit).removesuffix(_one(unit)).strip().removesuffix("%").strip()
    text = re.sub(r"(?<=\d)[ _,'](?=\d{3}\b)", "", text)
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"{str(said)!r} is no number, such as 17 or 2.5" if str(said).strip() else "a number is missing, such as 17 or 2.5")
    return int(number) if number == int(number) else number


def _entries(book: Path) -> list[dict]:
    """A line that a crash cut short is passed over."""
    found = []
    for line in book.read_text().splitlines() if book.exists() else ():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return [e for e in found if isinstance(e, dict)]


def _append(book: Path, entry: dict) -> None:
    book.parent.mkdir(parents=True, exist_ok=True)
    with book.open("a") as file:
        file.write(json.dumps({"at": datetime.now(UTC).isoformat(timespec="seconds"), **entry}) + "\n")
