"""Where a run's events lie, and reading them: whole, or as they come."""

import json
from collections.abc import Iterable
from pathlib import Path

from helpers.bench.report import Report
from helpers.notebook.timeline.model import Model
from helpers.wire.events import Event


def read(lines: Iterable[str | bytes]) -> list[Event]:
    """Events from the lines of an events.jsonl; unreadable lines (a run cut short) are left out."""
    found = []
    for line in lines:
        try:
            found.append(Event.from_dict(json.loads(line)))
        except (ValueError, KeyError, TypeError):
            continue
    return found


def events_file(report: Report) -> Path | None:
    """The events of the scenario that the report shows; None where they were not kept."""
    if not report.run_dir or not report.scenario:
        return None
    folder = Path(report.run_dir)
    places = [folder / report.scenario, *sorted(folder.glob(f"*-{report.scenario}"))]
    return next((p / "events.jsonl" for p in places if (p / "events.jsonl").is_file()), None)


def events_of(report: Report) -> list[Event]:
    path = events_file(report)
    if path is None:
        return []
    with path.open("rb") as file:
        return read(file)


def worth_drawing(events: Iterable[Event]) -> bool:
    """Whether a program did something that can be seen."""
    seen = ("delivered", "redelivered", "charged", "accepted", "published")
    return any(e.kind in seen and e.actor != "bench" for e in events)


def model_of(report: Report) -> Model | None:
    """The layout of the report's run; None where there is nothing to draw."""
    events = events_of(report)
    if not worth_drawing(events) and not (events and report.orders.lost):
        return None
    model = Model()
    model.feed(events)
    model.finish(report)
    return model


class Tail:
    """Reads an events.jsonl while it is written: each `read()` gives the events of the lines that have become whole."""

    def __init__(self, path: Path):
        self._path = path
        self._at = 0
        self._rest = b""

    def read(self) -> list[Event]:
        try:
            with self._path.open("rb") as file:
                file.seek(self._at)
                new = file.read()
        except FileNotFoundError:
            return []
        self._at += len(new)
        *lines, self._rest = (self._rest + new).split(b"\n")
        return read(lines)
