"""What a cell shows while the bench runs; the last of it becomes the verdict's card."""

from html import escape
from typing import Any

from IPython.core.getipython import get_ipython
from IPython.display import display

from helpers.bench.lab import Lab
from helpers.notebook.results import Result
from helpers.notebook.theme import style
from helpers.notebook.timeline import widget


class Progress:
    """One output of the cell, replaced as things move; in a plain terminal, lines."""

    def __init__(self, lab: Lab):
        self._lab = lab
        self._replaces = hasattr(get_ipython(), "kernel")
        self._note = "starting the bench"
        self._scenario = ""
        self._at = (0, 0)
        self._counts = (0, 0)
        self._restarts = 0
        self._shown = ""
        self._live = widget.Live() if self._replaces and lab.kind == "orders" and widget.available() else None
        self._handle = display(self._first(), raw=True, display_id=True) if self._replaces else None

    def take(self, line: dict[str, Any]) -> None:
        """One line of the bench's stream; unknown types are passed over."""
        if self._live:
            self._live.take(line)
        kind = line.get("type")
        if kind == "note":
            self._note = line["text"]
        elif kind == "scenario":
            self._scenario, self._at, self._note = line["title"], (line["index"], line["of"]), ""
            self._counts, self._restarts = (0, 0), 0
        elif kind == "progress":
            self._counts = (line["charged"], line["accepted"])
            self._restarts = line.get("restarts", 0)

    def show(self) -> None:
        text = self._words()
        if self._live:
            self._live.show(self._bundle()["text/html"])
            return
        if text == self._shown:
            return
        self._shown = text
        if self._handle:
            self._handle.update(self._bundle(), raw=True)

    def done(self, result: Result) -> None:
        if self._handle and self._live:
            still = result.still()
            self._handle.update(still | self._live.done(result.report, still["text/html"]), raw=True)
        elif self._handle:
            self._handle.update(result)
        else:
            print(result._repr_mimebundle_()["text/plain"])

    def stopped(self) -> None:
        self._end("Stopped before the verdict.")

    def broken(self, status: int, complaints: list[str]) -> None:
        """The bench ended without a report: its own failure, never the learner's."""
        said = "\n".join(complaints[-12:]) or "(it said nothing)"
        self._end(
            f"The bench failed (exit {status}) before it could judge. This is not your program's fault.\n"
            f"`python -m helpers doctor` looks for the reason.\n\n{said}"
        )

    def _end(self, text: str) -> None:
        bundle = {"text/plain": text, "text/html": f'{style()}<div class="mqw mqw-run" role="status"><pre>{escape(text)}</pre></div>'}
        if self._handle:
            self._handle.update(bundle, raw=True)
        else:
            print(text)

    def _first(self) -> dict[str, Any]:
        return self._bundle() | (self._live.widget.bundle() if self._live else {})

    def _words(self) -> str:
        if not self._scenario:
            return f"Lab {self._lab.name}: {self._note} …"
        charged, accepted = self._counts
        words = f"{self._number()}{self._scenario}"
        if self._lab.kind == "orders":
            words += f" · {charged} of {accepted or self._lab.orders} orders {self._done}"
        if self._restarts:
            words += " · killed, started again" + (f" ({self._restarts} times)" if self._restarts > 1 else "")
        if self._note:
            words += f" · {self._note}"
        return words

    @property
    def _done(self) -> str:
        return "charged" if "consumer" in self._lab.roles else "accepted"

    def _number(self) -> str:
        index, of = self._at
        return f"Run {index + 1} of {of}: " if of > 1 else ""

    def _bundle(self) -> dict[str, str]:
        charged, accepted = self._counts
        words = escape(self._words())
        bar = ""
        if self._scenario and self._lab.kind == "orders":
            bar = f'<progress max="{accepted or self._lab.orders}" value="{charged}" aria-label="orders {self._done}">{charged}</progress>'
        return {
            "text/plain": self._words(),
            "text/html": f'{style()}<div class="mqw mqw-run">{bar}<span>{words}</span></div>',
        }
