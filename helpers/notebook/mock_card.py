"""`mock()`: the mock interview of 20 minutes as a card in a notebook; the same as `python -m helpers mock`."""

import random
import time
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets
from IPython.display import display

from helpers import paths
from helpers.notebook.drill_card import Card, allowed
from helpers.study import mock as interview
from helpers.study import progress, schedule
from helpers.study.questions import LEVELS

STILL = ("The mock interview: four questions with follow-ups, a design, a sizing. It needs a running kernel; run this cell. In a "
         "terminal: python -m helpers mock")


def mock(level: str = "", broker: str = "", seed: int | None = None) -> None:
    """Hold a mock interview. level: "J", "M" or "S", up to which; broker: "rabbitmq", "kafka" or "redis"; seed: the same
    questions as in an earlier one. Each answer is kept when it is rated; the page to take along is written after each."""
    allowed(level, broker)
    seed = random.randrange(100_000) if seed is None else seed
    display(Interview(paths.WORK / progress.FILE, level, broker, seed).bundle(), raw=True)


class Interview(Card):
    """The drill's card, part by part: what part it is, which minute, and at the end the grades and the page to take along."""

    still = STILL

    def __init__(self, book: Path, level: str, broker: str, seed: int):
        self.parts = interview.plan(book, level, broker, seed)
        self.page = book.with_name(interview.page_name())
        self._seed, self._began, self._grades = seed, time.monotonic(), list[int]()
        todo = [schedule.standings(book, [part.question])[0] for part in self.parts]
        self.end = ipywidgets.Button(description="End here", layout={"width": "120px"})
        self.end.on_click(lambda _: self.ended())
        super().__init__(book, level, broker, todo)
        self.box.children = (*self.box.children, self.end)

    @property
    def minutes(self) -> float:
        return (time.monotonic() - self._began) / 60

    def about(self) -> str:
        part, q = self.parts[self._at], self.question
        late = " You are late: be short." if self.minutes > part.until else ""
        kind = ", ".join(filter(None, (LEVELS[q.level], q.broker)))
        return f"{part.title} · minute {self.minutes:.0f}, until {part.until}. {kind} (seed {self._seed}).{late}"

    def ended(self) -> None:
        """Leave it: what is rated counts, what is not is not asked."""
        self._todo = self._todo[: self._at]
        self._ask()

    def done(self) -> str:
        self.end.layout.display = "none"
        if not self._grades:
            return "<p><b>Ended before the first answer was rated.</b> Nothing is kept; run the cell again for another one.</p>"
        rows = "".join(f"<tr><td>{escape(part.title)}</td><td>{escape(part.question.ask)}</td><td>{grade}</td></tr>"
                       for part, grade in zip(self.parts, self._grades, strict=False))
        runs = "".join(f"<li>{escape(words).replace('`', '')}: {escape(ask)}</li>"
                       for ask, words, _ in interview.to_run(self.parts, self._grades))
        minutes = f"{self.minutes:.0f}"
        over = f"Over, after {minutes} minute{'s' if minutes != '1' else ''}"
        over += f", {len(self._grades)} of {len(self.parts)} parts." if len(self._grades) < len(self.parts) else "."
        return (f"<p><b>{over}</b> To take along: {escape(self.page.name)}, beside your own work.</p>"
                "<table cellpadding=5><thead align=left><tr><th>part</th><th>question</th><th>grade</th></tr></thead>"
                f"<tbody>{rows}</tbody></table>"
                + (f"<p><b>Before the real one:</b></p><ul>{runs}</ul>" if runs else ""))

    def rated(self) -> None:
        self._grades.append(self.grade.value)
        interview.keep(self._book, self.page, self.parts, self._grades, self.minutes, self._seed, self._level, self._broker)
        super().rated()

    def bundle(self) -> dict[str, Any]:
        return {**super().bundle(), "text/plain": self.still}
