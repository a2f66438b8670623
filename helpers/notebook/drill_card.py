"""`drill()`: the interview's questions as a card in a notebook; the same as `python -m helpers drill`."""

from html import escape
from typing import Any

import ipywidgets
from IPython.display import display

from helpers import paths
from helpers.notebook.theme import style
from helpers.study import progress, schedule
from helpers.study.drill import when
from helpers.study.questions import BROKERS, LEVELS, Question

WRAP = "<style>.mqw-drill .widget-checkbox label,.mqw-drill .widget-label-basic{white-space:normal;height:auto;line-height:1.4}</style>"
"""A point is a sentence: JupyterLab would cut it off at the end of the line."""
STILL = ("The drill: a question, your own answer, then the points to rate it by. It needs a running kernel; run this cell. In a "
         "terminal: python -m helpers drill")


def drill(level: str = "", broker: str = "", cards: int = schedule.SESSION, new: int = schedule.NEW_A_DAY) -> None:
    """Ask what is due, then new questions, one after another; never waits. level: "J", "M" or "S", up to which; broker:
    "rabbitmq", "kafka" or "redis", and what is general. Each answer is kept when it is rated."""
    allowed(level, broker)
    book = paths.WORK / progress.FILE
    display(Card(book, level, broker, schedule.session(book, level, broker, cards, new)).bundle(), raw=True)


def allowed(level: str, broker: str) -> None:
    """Raises ValueError, which says what is."""
    if level not in ("", *LEVELS) or broker not in ("", *BROKERS):
        raise ValueError('level is "J", "M" or "S"; broker "rabbitmq", "kafka" or "redis"')


class Card:
    """One question at a time: its text, a field, the points with a box for each, the rating, the next."""

    def __init__(self, book: Any, level: str, broker: str, todo: list[schedule.Standing]):
        self._book, self._level, self._broker, self._todo, self._at = book, level, broker, todo, 0
        self.head = ipywidgets.HTML()
        self.typed = ipywidgets.Textarea(layout={"width": "100%", "max_width": "760px", "height": "90px"}, tooltip="your answer",
                                         placeholder="Say it aloud, 60 to 90 seconds; type what you like.")
        self.show = ipywidgets.Button(description="Show the points", button_style="primary")
        self.show.on_click(lambda _: self.reveal())
        # Made once, as many as any question has points: a new one could not take the keyboard yet when it is shown.
        most = max((len(standing.question.points) for standing in todo), default=0)
        self.told, self.points = ipywidgets.HTML(), ipywidgets.VBox([self._box("") for _ in range(most)])
        self.asked = ipywidgets.HTML()
        self.follow = self._box("I had that, too")
        self.wrong = self._box("")
        self.grade = ipywidgets.ToggleButtons(options=[(str(n), n) for n in schedule.GRADES], style={"button_width": "44px"},
                                              tooltips=list(schedule.GRADES.values()))
        self.says = ipywidgets.HTML()
        self.grade.observe(lambda _: self._say_grade(), "value")
        self.next = ipywidgets.Button(description="Write it down, next", button_style="primary", layout={"width": "200px"})
        self.next.on_click(lambda _: self.rated())
        self.answer = ipywidgets.VBox([self.told, self.points, self.asked, self.follow, self.wrong,
                                       ipywidgets.HBox([self.grade, self.says]), self.next])
        self.box = ipywidgets.VBox([self.head, self.typed, self.show, self.answer])
        self.box.add_class("mqw-drill")
        self._ask()

    def _box(self, text: str) -> ipywidgets.Checkbox:
        box = ipywidgets.Checkbox(description=text, indent=False, layout={"width": "100%", "max_width": "760px", "height": "auto"})
        box.observe(lambda _: self._propose(), "value")
        return box

    @property
    def question(self) -> Question:
        return self._todo[self._at].question

    def _ask(self) -> None:
        over = self._at >= len(self._todo)
        for part in (self.typed, self.show):
            part.layout.display = "none" if over else ""
        self.answer.layout.display = "none"
        if over:
            self._tell(self.done())
            return
        self.typed.value = ""
        if self._at:
            self.typed.focus()  # the button that was pressed is gone, and with it the place of the keyboard
        self._tell(f"<p>{escape(self.about())}</p><h3>{escape(self.question.ask)}</h3>")

    def about(self) -> str:
        """The line above a question."""
        q = self.question
        return f"{self._at + 1} of {len(self._todo)} · {', '.join(filter(None, (q.topic, LEVELS[q.level], q.broker)))}"

    def done(self) -> str:
        """In HTML, when there is no question left."""
        done = "Done for now." if self._todo else "Nothing is due, and the day's new questions are done."
        return f"<p><b>{done}</b> {escape(when(self._book, self._level, self._broker))}</p>"

    def _tell(self, html: str) -> None:
        self.head.value = f'{style()}{WRAP}<div class="mqw" role="status" style="border:0;padding:0">{html}</div>'

    def reveal(self) -> None:
        """The points, each with a box."""
        q, standing = self.question, self._todo[self._at]
        before = ""
        if standing.answers and standing.answers[-1][2]:
            day, grade, typed = standing.answers[-1]
            before = f"<p><i>You, on {day} (grade {grade}): {escape(typed)}</i></p>"
        runs = "; ".join(escape(words).replace("`", "") for words, _ in q.places())
        run = f"<p>Run it: {runs}.</p>" if runs else ""
        self.told.value = f"{before}<p><b>In 30 seconds.</b> {escape(q.short)}</p><p><b>Which of these did you say?</b></p>"
        for n, box in enumerate(self.points.children):
            box.value, box.description = False, q.points[n] if n < len(q.points) else ""
            box.layout.display = "" if n < len(q.points) else "none"
        self.asked.value = f"<p><b>They ask next:</b> {escape(q.follow)}</p><p>{escape(q.answer)}</p>{run}"
        self.wrong.description = f"I said something like “{q.wrong}” (wrong: {q.why})"
        self.follow.value = self.wrong.value = False
        self._propose()
        self.show.layout.display, self.answer.layout.display = "none", ""
        self._points[0].focus()

    @property
    def _points(self) -> tuple[ipywidgets.Checkbox, ...]:
        """The boxes of this question's points."""
        return self.points.children[: len(self.question.points)]

    def _propose(self) -> None:
        """The grade by the rubric; the buttons may overrule it."""
        said = sum(box.value for box in self._points)
        self.grade.value = schedule.grade_of(said, len(self._points), self.follow.value, self.wrong.value)
        self._say_grade()

    def _say_grade(self) -> None:
        self.says.value = f'<span role="status">&nbsp;{schedule.GRADES[self.grade.value]}</span>'

    def rated(self) -> None:
        said = [n for n, box in enumerate(self._points, 1) if box.value]
        schedule.note(self._book, self.question, self.grade.value, said, self.typed.value)
        self._at += 1
        self._ask()

    def bundle(self) -> dict[str, Any]:
        """For `display(…, raw=True)`: the widget, and words for whoever has no kernel."""
        return {**self.box._repr_mimebundle_(), "text/plain": STILL}
