"""`predict()` and `score()`: a guess is written down before the run, and the run says how good it was. Never waits."""

from collections.abc import Sequence
from textwrap import fill
from typing import Any

from IPython.display import display

from helpers.bench.lab import UnknownLab, load
from helpers.notebook import programs, reading
from helpers.notebook.results import last
from helpers.study import predictions

_asked: list[str] = []
"""Names of the questions of this kernel, in their order: what `tally()` tells."""


def predict(name: str, question: str | None = None, *, choices: Sequence[str] = (), unit: str = "", factor: float = 1.0,
            guess: Any = None, **numbers: int | None) -> None:
    """Ask before a run. With a question: a form with `choices`, or for a number of `unit`; `guess=` answers in code.

        predict("survivors", "How many of 100 transient messages survive kill -9?", unit="messages")
        predict("smallest", "Which format is smallest?", choices=["JSON", "XML", "Protobuf"])
        predict("speed", "How many times faster is Protobuf?", unit="times", factor=2)   # right from half to double

    Without one: counts of a lab's run, `predict("calm", lost=3)`; None is no guess yet, which is allowed.
    Running the cell again keeps a guess that no run has scored. Raises ValueError for a guess that cannot be one.
    """
    if question is None:
        _counts(name, numbers)
        return
    if numbers:
        raise TypeError(f"predict() with a question knows nothing of {', '.join(numbers)}")
    asked = predictions.Question(name, question, tuple(str(c) for c in choices), unit, factor)
    said = predictions.ask(_book(), asked)
    if name not in _asked:
        _asked.append(name)
    if guess is not None:
        said = predictions.answer(_book(), asked, guess)
    from helpers.notebook.form import Form

    display(Form(asked, said, lambda given: predictions.answer(_book(), asked, given)).bundle(), raw=True)


def score(name: str, found: Any) -> None:
    """Hold the prediction against what the run found: a choice, a number, or a lab's name for counts of its last check.

    Without a guess, or where nobody could have said `found`, it says what was found, and goes on.
    """
    try:
        outcome = predictions.settle(_book(), name, found)
    except ValueError as fault:
        print(f"The run says: {found}. (That could not be predicted: {fault}.)")
        return
    if outcome is not None:
        print(_lines(told(outcome)))
        if outcome.said is not None:
            reading.scored(name, outcome.right)
    elif _is_lab(found):
        _score_lab(name, found)
    else:
        print(f"The run says: {found}. (The question {name!r} was not asked: run its cell, then this one again.)")


def _lines(text: str) -> str:
    """Broken at words; a tick stays with its word."""
    return fill(text.replace("✓ ", "✓\xa0").replace("✗ ", "✗\xa0"), predictions.WIDTH).replace("\xa0", " ")


def told(outcome: predictions.Outcome) -> str:
    """One sentence: what was said, what was found, whether that was right."""
    tell = outcome.question.told
    if outcome.said is None:
        return f"The run says: {tell(outcome.found)}. (You made no guess.)"
    verdict = "✓ Right." if outcome.right else "✗ Not this time: why?"
    near = f" (right from {tell(outcome.found / outcome.question.factor)} to {tell(outcome.found * outcome.question.factor)})" if (
        not outcome.question.choices and outcome.question.factor > 1) else ""
    return f"You said {tell(outcome.said)}; the run says {tell(outcome.found)}{near}. {verdict}"


def tally(*names: str) -> None:
    """Look back: each question that this kernel asked (or those named), with your guess and what the run found."""
    outcomes = predictions.past(_book(), list(names) or _asked)
    made = [o for o in outcomes if o.said is not None]
    if not made:
        print("You made no predictions this time. The questions stay: run a lesson's cells again, and guess before the run.")
        return
    for o in made:
        print(fill(o.question.words, predictions.WIDTH, initial_indent="✓ " if o.right else "✗ ", subsequent_indent="  "))
        print(f"      you said {o.question.told(o.said)}" + ("" if o.said == o.found else f"; the run said {o.question.told(o.found)}"))
    right = sum(o.right for o in made)
    print(f"{right} of {len(made)} right." + (" The others are the ones you learned from." if right < len(made) else ""))


def _counts(name: str, numbers: dict[str, int | None]) -> None:
    predictions.commit(_book(), name, numbers)
    for what, number in numbers.items():
        word = predictions.COUNTS[what]
        print(f"Written down: {number} {word}." if number is not None else f"No guess yet: put a number in place of None ({word}).")


def _score_lab(name: str, lab: str) -> None:
    scores = predictions.score(_book(), name, last(lab).report)
    if not scores:
        print(f"No prediction named {name!r}: run its cell first.")
    if guesses := [s for s in scores if s.said is not None]:
        reading.scored(name, all(s.right for s in guesses))
    for s in scores:
        if s.said is None:
            print(f"{s.what}: {s.found}. (You made no guess.)")
        else:
            print(f"{s.what}: you said {s.said}, the run says {s.found}. {'Right.' if s.right else 'Not this time: why?'}")


def _is_lab(name: Any) -> bool:
    try:
        return isinstance(name, str) and load(name) is not None
    except UnknownLab:
        return False


def _book():
    return programs.work() / "predictions.jsonl"
