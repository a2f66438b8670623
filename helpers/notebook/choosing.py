"""`chooser()`: a few questions, an advice, and what speaks against it; a form in the browser, text where no kernel is."""

from html import escape

import ipywidgets
from IPython.display import display

from helpers.notebook.keys import kept
from helpers.study.choosing import QUESTIONS, Advice, advise, answered

_STYLE = """<style>
.workbook-chooser .widget-dropdown { width: auto; height: auto; align-items: center; }
.workbook-chooser .widget-dropdown > label { order: 2; flex: 1 1 0; width: auto; height: auto; max-width: none; padding: 3px 0;
  line-height: 1.4; text-align: left; white-space: normal; }
.workbook-chooser .widget-dropdown > select { flex: 0 0 140px; margin-right: 8px; }
.workbook-chooser .widget-html-content { line-height: 1.5; }
.workbook-chooser p, .workbook-chooser ul { margin: 0.4em 0 0; }
</style>"""
"""The label is the question: ipywidgets would put a few letters of it before the answer, and cut off the rest."""


def chooser(**given: str) -> None:
    """Ask and advise: `chooser()`, or with answers in code: `chooser(replay="yes", rate="more")`. Raises ValueError."""
    display(Chooser(**given).bundle(), raw=True)


class Chooser:
    """One drop-down a question, each reached by Tab and changed by the arrow keys; the advice follows each change."""

    def __init__(self, **given: str):
        said = answered(given)
        self.fields = {name: ipywidgets.Dropdown(options=list(answers), value=said[name], description=question)
                       for name, (question, answers) in QUESTIONS.items()}
        self.told = ipywidgets.HTML()
        self.box = kept(ipywidgets.VBox([ipywidgets.HTML(_STYLE, layout={"display": "none"}), *self.fields.values(), self.told]))
        self.box.add_class("workbook-chooser")
        for field in self.fields.values():
            field.observe(lambda _: self._show(), "value")
        self._show()

    @property
    def advice(self) -> Advice:
        return advise({name: field.value for name, field in self.fields.items()})

    def text(self) -> str:
        lines = [f"{QUESTIONS[name][0]} {field.value}" for name, field in self.fields.items()]
        found = self.advice
        lines += ["", f"Advice: {found.choice}"]
        lines += [*(f"  + {why}" for why in found.reasons), *(f"  - {why}" for why in found.against)]
        return "\n".join(lines)

    def bundle(self) -> dict[str, object]:
        """For `display(…, raw=True)`: the widget, and the text for whoever cannot show it."""
        return {**self.box._repr_mimebundle_(), "text/plain": self.text()}

    def _show(self) -> None:
        found = self.advice
        self.told.value = (
            f'<div role="status"><p><strong>Advice: {escape(found.choice)}</strong></p>{_list("For it", found.reasons)}'
            f'{_list("Against it", found.against)}</div>')


def _list(title: str, rows: tuple[str, ...]) -> str:
    return f"<p>{title}</p><ul>{''.join(f'<li>{escape(row)}</li>' for row in rows)}</ul>"
