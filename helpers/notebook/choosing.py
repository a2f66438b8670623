"""`chooser()`: a few questions, an advice, and what speaks against it; a form in the browser, text where no kernel is."""

from html import escape

import ipywidgets
from IPython.display import display

from helpers.study.choosing import QUESTIONS, Advice, advise, answered


def chooser(**given: str) -> None:
    """Ask and advise: `chooser()`, or with answers in code: `chooser(replay="yes", rate="more")`. Raises ValueError."""
    display(Chooser(**given).bundle(), raw=True)


class Chooser:
    """One drop-down a question, each reached by Tab and changed by the arrow keys; the advice follows each change."""

    def __init__(self, **given: str):
        said = answered(given)
        self.fields = {name: ipywidgets.Dropdown(options=list(answers), value=said[name], tooltip=question,
                                                 layout={"width": "160px"})
                       for name, (question, answers) in QUESTIONS.items()}
        self.told = ipywidgets.HTML()
        rows = [ipywidgets.HBox([field, ipywidgets.HTML(escape(QUESTIONS[name][0]))]) for name, field in self.fields.items()]
        self.box = ipywidgets.VBox([*rows, self.told])
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
