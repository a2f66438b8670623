"""When a question comes again: every graded answer is in the progress file, and the FSRS schedule follows from these alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from fsrs import Card, Rating, Scheduler

from helpers.study import progress
from helpers.study.questions import Question, chosen

NEW_A_DAY = 10
SESSION = 8
"""Cards of a session: some 25 minutes with the answers spoken aloud."""
BEFORE_INTERVIEW = 3
"""Days: no card stays away for longer before the interview's date. Uncapped, a good answer is asked once or twice in a week."""
GRADES = {
    0: "nothing, or wrong", 1: "less than half of the points", 2: "half of the points", 3: "most of them, with failure and price",
    4: "all of that, and the follow-up survived",
}
_RATINGS = {0: Rating.Again, 1: Rating.Again, 2: Rating.Hard, 3: Rating.Good, 4: Rating.Easy}


def grade_of(said: int, points: int, follow_up: bool, wrong: bool) -> int:
    """The grade by the rubric. said: points that were named; wrong: the common wrong answer was given, which caps at 1."""
    share = said / points
    grade = 0 if not said else 1 if share < 0.5 else 2 if share < 0.75 else 3
    if grade == 3 and follow_up:
        grade = 4
    return min(grade, 1) if wrong else grade


@dataclass
class Standing:
    """due: when it comes again; None: never asked. answers: (day, grade, what was typed), oldest first."""

    question: Question
    due: datetime | None = None
    answers: list[tuple[str, int, str]] = field(default_factory=list)


def note(book: Path, question: Question, grade: int, said: Sequence[int], typed: str) -> None:
    """Write a graded answer down. said: numbers of the points that were named."""
    progress.write(book, {"drilled": question.id, "grade": grade, "said": list(said), "typed": typed})


def set_date(book: Path, day: date | None) -> None:
    """The day of the interview; None: there is none."""
    progress.write(book, {"interview": day.isoformat() if day else ""})


def interview_date(book: Path) -> date | None:
    days = [e["interview"] for e in progress.read(book) if "interview" in e]
    return date.fromisoformat(days[-1]) if days and days[-1] else None


def standings(book: Path, questions: Iterable[Question], now: datetime | None = None) -> list[Standing]:
    """Where each question stands. Only the first answer of a day moves it: a second one knows the first."""
    now = now or datetime.now(UTC)
    found = {q.id: Standing(q) for q in questions}
    cards: dict[str, Card] = {}
    scheduler = _scheduler(interview_date(book), now)
    for entry in progress.read(book):
        standing = found.get(entry.get("drilled", ""))
        if standing is None or entry.get("grade") not in _RATINGS:
            continue
        at = datetime.fromisoformat(entry["at"])
        first = not standing.answers or standing.answers[-1][0] != at.date().isoformat()
        standing.answers.append((at.date().isoformat(), entry["grade"], str(entry.get("typed", ""))))
        if first:
            card = cards.get(standing.question.id) or Card(card_id=1)
            card, _ = scheduler.review_card(card, _RATINGS[entry["grade"]], at)
            cards[standing.question.id] = card
            standing.due = card.due
    return list(found.values())


def _scheduler(interview: date | None, now: datetime) -> Scheduler:
    """Without learning steps: what was not known comes again tomorrow. Without chance: the same answers, the same day."""
    near = interview is not None and interview >= now.date()
    return Scheduler(desired_retention=0.9, learning_steps=(), relearning_steps=(), enable_fuzzing=False,
                     maximum_interval=BEFORE_INTERVIEW if near else 365)


def session(book: Path, level: str = "", broker: str = "", cards: int = SESSION, new: int = NEW_A_DAY,
            now: datetime | None = None) -> list[Standing]:
    """What to ask now: what is due, longest overdue first; then new ones, as many as the day still allows."""
    now = now or datetime.now(UTC)
    all_of_them = standings(book, chosen(level, broker), now)
    tomorrow = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), UTC)
    due = sorted((s for s in all_of_them if s.due is not None and s.due < tomorrow and not _today(s, now)), key=lambda s: s.due)
    begun = sum(1 for s in all_of_them if s.answers and s.answers[0][0] == now.date().isoformat())
    fresh = [s for s in all_of_them if s.due is None][: max(0, new - begun)]
    return [*due, *fresh][:cards]


def _today(standing: Standing, now: datetime) -> bool:
    return bool(standing.answers) and standing.answers[-1][0] == now.date().isoformat()
