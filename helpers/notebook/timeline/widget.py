"""The live picture in JupyterLab: an anywidget that takes rows over one message channel, and can be asked for all of them."""

import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import anywidget

from helpers.bench.report import Report
from helpers.notebook.theme import style
from helpers.notebook.timeline import HERE, code, export
from helpers.notebook.timeline.figure import payload
from helpers.notebook.timeline.model import Model
from helpers.notebook.timeline.source import Tail, model_of
from helpers.wire.events import Event

VIEW = "application/vnd.jupyter.widget-view+json"
WANTED = "WORKBOOK_WIDGETS"
"""Set to 1 by our JupyterLab server, whose kernels inherit it; anybody may set it to 0 or 1."""


def available() -> bool:
    """Whether the page that shows our output can show widgets. A notebook that runs without a page gets the still picture:
    a view whose model is gone would stand there as an error, and nothing falls back from it."""
    return os.environ.get(WANTED) == "1" and "PYTEST_CURRENT_TEST" not in os.environ


class Timeline(anywidget.AnyWidget):
    """One or several runs. No traits of our own: rows are messages, and so are not saved in the notebook."""

    _esm = code()
    _css = HERE / "timeline.css"

    def __init__(self) -> None:
        # A page that comes later, or again, asks for all; its question may arrive on another thread than the rows do.
        self._lock = threading.RLock()
        self._models: list[Model] = [Model()]
        self._reports: list[Report | None] = [None]
        self._titles = [""]
        self._html = ""
        self._progress: dict[str, str] | None = None
        super().__init__()
        self.on_msg(self._hear)

    # --- a run that is on

    def begin(self) -> None:
        """A new run: what was drawn goes."""
        with self._lock:
            self._models, self._reports, self._titles = [Model()], [None], [""]
            self._send_all()

    def feed(self, events: Sequence[Event]) -> None:
        """Rows of the run, in order; all that came since the last call together."""
        if events:
            with self._lock:
                self._models[0].feed(events)
                self.send({"type": "news", "run": self._models[0].news()})

    def progress(self, html: str) -> None:
        with self._lock:
            self._progress = {"type": "progress", "html": html}
            self.send(self._progress)

    # --- a run that is over

    def show(self, models: Sequence[Model], reports: Sequence[Report], html: str,
             titles: Sequence[str] | None = None) -> "Timeline":
        """Draw these runs, inside `html`: a card, or a figure."""
        with self._lock:
            self._models, self._reports = list(models), list(reports)
            self._titles = list(titles or [r.scenario_title for r in reports])
            self._html = html
            self._send_all()
        return self

    # --- the page

    def _hear(self, widget: Any, message: dict[str, Any], buffers: Any) -> None:
        if message.get("type") == "sync":
            with self._lock:
                self._send_all()
        elif message.get("type") == "export" and self._reports[0] is not None:
            report = self._reports[0]
            self.send({"type": "page", "name": export.name(report), "html": export.page(report)})

    def _send_all(self) -> None:
        for model in self._models:
            model.news()  # from here on, news begins after what is sent now
        drawn = payload(self._models, self._reports, self._titles)
        self.send({"type": "all", "html": self._html, "style": style(), "progress": self._progress or "", **drawn})

    def bundle(self) -> dict[str, Any]:
        """The view, for a MIME bundle."""
        return {VIEW: {"version_major": 2, "version_minor": 1, "model_id": self.model_id}}


def view(report: Report, html: str) -> dict[str, Any]:
    """What to add to a result's bundle, so that its card is alive where it can be; {} elsewhere."""
    return _alive(Timeline, report, html) if available() else {}


def _alive(timeline: Callable[[], Timeline], report: Report, html: str) -> dict[str, Any]:
    """The view of the whole run in its card; {} where there is nothing to draw, or no way to: the still card stands then."""
    try:
        model = model_of(report)
        return timeline().show([model], [report], html).bundle() if model is not None else {}
    except Exception:  # the still card says what went wrong
        return {}


class Live:
    """A check's picture while it runs: follows the events of the scenario that is on."""

    def __init__(self) -> None:
        self.widget = Timeline()
        self._folder: Path | None = None
        self._tail: Tail | None = None

    def take(self, line: dict[str, Any]) -> None:
        """One line of the bench's stream."""
        if line.get("type") == "begin" and line.get("run_dir"):
            self._folder = Path(line["run_dir"])
        elif line.get("type") == "scenario" and self._folder is not None:
            self._tail = Tail(self._folder / f"{line['index'] + 1}-{line['name']}" / "events.jsonl")
            self.widget.begin()

    def show(self, words: str) -> None:
        """What came since the last call, and how far the check is."""
        if self._tail is not None:
            try:
                self.widget.feed(self._tail.read())
            except Exception:  # the check goes on without its picture; the card will say why
                self._tail = None
        self.widget.progress(words)

    def done(self, report: Report, html: str) -> dict[str, Any]:
        """The view with the whole run and its card; {} where there is nothing to draw."""
        return _alive(lambda: self.widget, report, html)


__all__ = ["VIEW", "WANTED", "Live", "Timeline", "available", "view"]
