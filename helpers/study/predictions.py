"""Predictions: committed before a run, scored by it, kept so that a learner can look back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from helpers.bench.report import Report

COUNTS = {
    "lost": "orders lost", "charged": "orders charged", "duplicated": "orders charged twice", "left_over": "orders left in the queue",
}
"""What can be predicted: fields of report.Orders, and their words."""


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
    """Write a prediction down in `book` (JSON lines; the last of a name counts). Raises ValueError for what cannot be
    predicted."""
    for what, number in said.items():
        if what not in COUNTS:
            raise ValueError(f"{what!r} cannot be predicted; these can: {', '.join(COUNTS)}")
        if number is not None and (isinstance(number, bool) or not isinstance(number, int) or number < 0):
            raise ValueError(f"{what} is a number of orders, such as {what}=3")
    _append(book, {"prediction": name, "said": dict(said)})


def score(book: Path, name: str, report: Report) -> list[Score]:
    """Hold the last prediction of that name against a run, and write the result down. [] where there is none."""
    said = None
    if book.exists():
        for line in book.read_text().splitlines():
            entry = json.loads(line)
            if entry.get("prediction") == name:
                said = entry["said"]
    if said is None:
        return []
    found = [Score(COUNTS[what], number, len(getattr(report.orders, what))) for what, number in said.items()]
    _append(book, {"scored": name, "lab": report.lab, "seed": report.seed, "right": all(s.right for s in found)})
    return found


def _append(book: Path, entry: dict) -> None:
    book.parent.mkdir(parents=True, exist_ok=True)
    with book.open("a") as file:
        file.write(json.dumps({"at": datetime.now(UTC).isoformat(timespec="seconds"), **entry}) + "\n")
