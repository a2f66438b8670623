"""A mock interview of 20 minutes in a terminal: drawn by seed, rated by yourself, with a summary to take along."""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from helpers.study import drill, progress, schedule
from helpers.study.questions import LEVELS, Question, chosen

DESIGNS = ("order-pipeline", "notifications", "ten-a-second", "jobs-at-time", "payments-then-logs")
SIZING = "size-it"
NO_REPEAT = 3
"""Mock interviews in which no question comes twice, as far as there are enough."""


@dataclass
class Part:
    """until: the minute by which it should be over."""

    title: str
    until: int
    question: Question


def plan(book: Path, level: str, broker: str, seed: int) -> list[Part]:
    """Four questions, a design, a sizing. What was answered badly comes more often; the last three are left out."""
    rng = random.Random(seed)
    pool = [q for q in chosen(level, broker) if q.id not in (*DESIGNS, SIZING)]
    held = {(e.get("page", n), e.get("seed")): e["mock"] for n, e in enumerate(progress.read(book)) if isinstance(e.get("mock"), list)}
    seen = {name for names in list(held.values())[-NO_REPEAT:] for name in names}
    fresh = [q for q in pool if q.id not in seen]
    pool = fresh if len(fresh) >= 4 else pool
    weak = {s.question.id for s in schedule.standings(book, pool) if s.answers and s.answers[-1][1] < 2}
    levels = ["J", "M", "M", level or "S"]
    picked: list[Question] = []
    for want in levels:
        left = [q for q in pool if q not in picked]
        matching = [q for q in left if q.level == want] or left
        picked += rng.choices(matching, [3 if q.id in weak else 1 for q in matching])
    parts = [Part(f"Question {n}", round(1 + 7 * n / 4), q) for n, q in enumerate(picked, 1)]
    by_id = {q.id: q for q in chosen()}
    designs = [by_id[name] for name in DESIGNS if name not in seen] or [by_id[name] for name in DESIGNS]
    return [*parts, Part("Design", 16, rng.choice(designs)), Part("Sizing", 18, by_id[SIZING])]


def in_terminal(book: Path, level: str, broker: str, seed: int | None, output: Path | None) -> int:
    """Hold it; 0, or 130 where it was left early: what was rated until then stands in the summary."""
    console, seed = Console(highlight=False), seed if seed is not None else random.randrange(100_000)
    parts = plan(book, level, broker, seed)
    console.print(f"20 minutes, {len(parts)} parts (seed {seed}). Speak aloud. Nobody grades you but you, point by point.")
    began, grades = time.monotonic(), []
    code = 0
    try:
        for part in parts:
            minutes = (time.monotonic() - began) / 60
            late = " You are late: be short." if minutes > part.until else ""
            console.rule(f"{part.title} · minute {minutes:.0f}, until {part.until}.{late}")
            known = schedule.standings(book, [part.question])[0]
            grades.append(drill.ask(console, book, known))
    except (KeyboardInterrupt, EOFError):
        code = 130
    if not grades:
        console.print("\nLeft before the first answer; nothing is written.")
        return code
    target = output or book.with_name(page_name())
    keep(book, target, parts, grades, (time.monotonic() - began) / 60, seed, level, broker)
    console.print(f"\nThe summary: {target}")
    return code


def page_name() -> str:
    return f"mock-{datetime.now(UTC):%Y-%m-%dT%H-%M}.md"


def keep(book: Path, page: Path, parts: Sequence[Part], grades: Sequence[int], minutes: float, seed: int, level: str, broker: str) -> None:
    """Remember what was asked, as far as it was rated, and write the page to take along. Called again for the same page it
    takes the place of what was kept before."""
    progress.write(book, {"mock": [p.question.id for p in parts[: len(grades)]], "seed": seed, "page": page.name})
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(summary(parts, grades, minutes, seed, level, broker))


_JUDGEMENT = ("a matter of judgement: no run, say it aloud once more", "")


def to_run(parts: Sequence[Part], grades: Sequence[int]) -> list[tuple[str, str, str]]:
    """(question, where its proof is, the address) for the weakest answers; what is judgement has no address."""
    return [(q.ask, *next(iter(q.places()), _JUDGEMENT)) for q in weakest(parts, grades)]


def weakest(parts: Sequence[Part], grades: Sequence[int]) -> list[Question]:
    """Three at most; what got all the points is not among them."""
    return [part.question for part, grade in sorted(zip(parts, grades, strict=False), key=lambda pair: pair[1]) if grade < 4][:3]


def summary(parts: Sequence[Part], grades: Sequence[int], minutes: float, seed: int, level: str, broker: str) -> str:
    """In Markdown: the grades, and what to run next."""
    told = [f"# Mock interview, {datetime.now(UTC):%d %B %Y}", "",
            f"{LEVELS.get(level, 'all levels')}, {broker or 'any broker'}, {minutes:.0f} minutes, seed {seed}. Grades are your own, by the "
            "rubric: 0 nothing, 1 less than half of the points, 2 half, 3 most, 4 all and the follow-up survived.", "",
            "| part | question | grade |", "|---|---|---|"]
    done = list(zip(parts, grades, strict=False))
    told += [f"| {part.title} | {part.question.ask} | {grade} |" for part, grade in done]
    if len(grades) < len(parts):
        told.append(f"\nLeft after {len(grades)} of {len(parts)} parts.")
    runs = [f"- {ask} → [{words}]({address})" if address else f"- {ask} → {words}" for ask, words, address in to_run(parts, grades)]
    for q in weakest(parts, grades):
        told += ["", f"## {q.ask}", "", q.short, "", *[f"- {point}" for point in q.points], "", f"Next they ask: {q.follow} {q.answer}"]
    if runs:
        told += ["", "## Before the real one", "", *runs]
    return "\n".join(told) + "\n"
