"""`predict()` and `score()`: a guess is written down before the run, and the run says how good it was. Never asks."""

from helpers.notebook import programs
from helpers.notebook.results import last
from helpers.study import predictions


def predict(name: str, **numbers: int | None) -> None:
    """Commit a prediction, e.g. `predict("calm", lost=3)`. None: no guess yet, which is allowed."""
    predictions.commit(_book(), name, numbers)
    for what, number in numbers.items():
        word = predictions.COUNTS[what]
        print(f"Written down: {number} {word}." if number is not None else f"No guess yet: put a number in place of None ({word}).")


def score(name: str, lab: str) -> None:
    """Hold the prediction against the lab's last check."""
    scores = predictions.score(_book(), name, last(lab).report)
    if not scores:
        print(f"No prediction named {name!r}: run its cell first.")
    for s in scores:
        if s.said is None:
            print(f"{s.what}: {s.found}. (You made no guess.)")
        else:
            print(f"{s.what}: you said {s.said}, the run says {s.found}. {'Right.' if s.right else 'Not this time: why?'}")


def _book():
    return programs.work() / "predictions.jsonl"
