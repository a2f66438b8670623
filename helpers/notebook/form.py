"""A question as a form for mouse and keyboard; as text where no kernel, or no browser, is."""

import warnings
from collections.abc import Callable
from html import escape
from textwrap import fill
from typing import Any

import ipywidgets

from helpers.notebook.keys import kept
from helpers.study.predictions import WIDTH, Answer, Question

WRITE, CHANGE = "Write it down", "Change"


class Form:
    """Radio buttons or a field, a button, a line that says what is written down.

    `commit` takes what was chosen, keeps it and returns it as it is kept; a ValueError of its is shown, not raised.
    """

    def __init__(self, question: Question, said: Answer | None, commit: Callable[[Any], Answer]):
        self.question, self.said, self.commit = question, said, commit
        if question.choices:
            self.field = ipywidgets.RadioButtons(
                options=list(question.choices), value=said, layout={"width": "auto"}, tooltip=question.words)
        else:
            self.field = ipywidgets.Text(
                value="" if said is None else str(said), placeholder=f"a number of {question.unit}" if question.unit else "a number",
                layout={"width": "260px"}, tooltip=question.words, continuous_update=False)
            self.field.observe(self._typed, "value")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # deprecated in favour of the blur, which is no decision
                self.field.on_submit(self._enter)
        self.button = ipywidgets.Button(description=WRITE, tooltip="Before the run: the run then says how good it was")
        self.button.on_click(lambda _: self.pressed())
        self.line = ipywidgets.HTML()
        self.box = kept(ipywidgets.VBox([
            ipywidgets.HTML(f'<div style="line-height: 1.5">'  # a widget's own is made for one line
                            f"<strong>Predict.</strong> {escape(question.words)}{_near(question)}</div>"),
            self.field, ipywidgets.HBox([self.button, self.line]),
        ]))
        self._entered = False
        self._show()

    def _enter(self, _: Any) -> None:
        """The browser tells of Enter before it tells what was typed, if that is new: then `_typed` has the last word."""
        self._entered = True
        if self.said is None and self.field.value:
            self._write()

    def _typed(self, _: Any) -> None:
        """What was typed has come: by Enter it is a decision, by leaving the field it is none."""
        if self._entered:
            self._entered, self.said = False, None
            self._write()

    def pressed(self) -> None:
        """Write the guess down; where one is written already, open the form again."""
        self._entered = False
        if self.said is not None:
            self.said = None
            self._show()
            return
        if self.question.choices and self.field.value is None:
            self._tell("Choose one first.")
            return
        self._write()

    def _write(self) -> None:
        try:
            self.said = self.commit(self.field.value)
        except ValueError as fault:
            self._tell(str(fault))
        else:
            self._show()

    def text(self) -> str:
        """The question in words, with what was said."""
        lines = [fill(f"Predict. {self.question.words}{_near(self.question)}", WIDTH)]
        lines += [f"  {'(•)' if choice == self.said else '( )'} {choice}" for choice in self.question.choices]
        if self.said is not None:
            lines.append(f"  Written down: {self.question.told(self.said)}.")
        elif not self.question.choices:
            lines.append(f"  [    ] {self.question.unit}".rstrip())
        return "\n".join(lines)

    def bundle(self) -> dict[str, Any]:
        """For `display(…, raw=True)`: the widget, and the text for whoever cannot show it."""
        view = self.box._repr_mimebundle_()
        return {**view, "text/plain": self.text()}

    def _show(self) -> None:
        written = self.said is not None
        self.field.disabled = written
        self.button.description = CHANGE if written else WRITE
        self.button.button_style = "" if written else "primary"
        self._tell(f"✓ Written down: {self.question.told(self.said)}. Now run the next cell." if written else "")

    def _tell(self, text: str) -> None:
        self.line.value = f'<span role="status">{escape(text)}</span>'


def _near(question: Question) -> str:
    return f" (Up to {question.factor:g} times too small or too large counts as right.)" if question.factor > 1 else ""
