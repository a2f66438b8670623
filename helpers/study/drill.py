"""The drill in a terminal: a question, your own answer, the points, your own rating. Every answer is kept as soon as it is rated."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown

from helpers.study import schedule
from helpers.study.questions import LEVELS, Question, chosen
from helpers.study.schedule import GRADES

AGAIN_TOO_OFTEN = 3
"""Times in a row that a question was not known, after which reading helps more than another card."""


def in_terminal(book: Path, level: str, broker: str, cards: int, new: int) -> int:
    """One session; 0, or 130 where it was left early: what was rated until then is kept."""
    console = Console(highlight=False)
    todo = schedule.session(book, level, broker, cards, new)
    if not todo:
        console.print("Nothing is due, and the day's new questions are done. Tomorrow again, or --new 20.")
        return 0
    console.print(f"{len(todo)} questions. Say each answer aloud, 60 to 90 seconds; type what you like. Ctrl-C leaves; "
                  "what is rated is kept.")
    grades: list[int] = []
    try:
        for number, standing in enumerate(todo, 1):
            console.rule(f"{number} of {len(todo)}")
            grades.append(ask(console, book, standing))
    except (KeyboardInterrupt, EOFError):
        console.print(f"\nLeft after {len(grades)} of {len(todo)}; they are kept.")
        return 130
    finally:
        if grades:
            console.print(f"Grades: {' '.join(map(str, grades))}. {when(book, level, broker)}")
    return 0


def ask(console: Console, book: Path, standing: schedule.Standing, read: Callable[[str], str] = input) -> int:
    """One question to its end; the grade. Raises EOFError and KeyboardInterrupt before anything is kept."""
    q = standing.question
    console.print(f"[bold]{q.ask}[/bold]  [dim]{LEVELS[q.level]}{', ' + q.broker if q.broker else ''}[/dim]")
    typed = _lines(console, read)
    reveal(console, q, standing)
    said = _numbers(console, read, len(q.points))
    console.print(f"\n[bold]They ask next:[/bold] {q.follow}")
    read("(think, then Enter) ")
    console.print(q.answer)
    follow_up = _yes(read, "Did you have that?")
    wrong = _yes(read, f"Did you say anything like “{q.wrong.rstrip('.')}”?")
    grade = schedule.grade_of(len(said), len(q.points), follow_up, wrong)
    text = read(f"By the rubric that is {grade}: {GRADES[grade]}. Enter, or another grade 0 to 4: ").strip()
    if text in {"0", "1", "2", "3", "4"}:
        grade = int(text)
    schedule.note(book, q, grade, said, typed)
    recent = [g for _, g, _ in standing.answers][1 - AGAIN_TOO_OFTEN:] + [grade]
    if len(recent) >= AGAIN_TOO_OFTEN and max(recent) < 2:
        console.print("Three times not known: do not drill it, read it.")
    for n, (words, address) in enumerate(q.places()):
        console.print(f"[dim]{'And' if n else 'Run it'}: {words} ({address})[/dim]")
    return grade


def reveal(console: Console, q: Question, standing: schedule.Standing) -> None:
    console.print(f"\n[bold]In 30 seconds.[/bold] {q.short}")
    console.print("[bold]In three minutes, also:[/bold]")
    console.print(Markdown("\n".join(f"{n}. {point}" for n, point in enumerate(q.points, 1))))
    console.print(f"[bold]Often heard, and wrong:[/bold] “{q.wrong}” {q.why}")
    if standing.answers and standing.answers[-1][2]:
        day, grade, typed = standing.answers[-1]
        console.print(f"[dim]You, on {day} (grade {grade}): {typed}[/dim]")


def _lines(console: Console, read: Callable[[str], str]) -> str:
    console.print("[dim]Your answer; an empty line shows the points.[/dim]")
    lines: list[str] = []
    while line := read("> ").rstrip():
        lines.append(line)
    return "\n".join(lines)


def _numbers(console: Console, read: Callable[[str], str], most: int) -> list[int]:
    while True:
        words = read(f"Which points did you say? (numbers 1 to {most}, or Enter for none): ").replace(",", " ").split()
        if all(word.isdigit() and 1 <= int(word) <= most for word in words):
            return sorted({int(word) for word in words})
        console.print(f"numbers from 1 to {most}, with spaces between")


def _yes(read: Callable[[str], str], question: str) -> bool:
    return read(f"{question} [y/N] ").strip().lower() in ("y", "yes")


def when(book: Path, level: str = "", broker: str = "") -> str:
    """"4 come again by Friday, 12 of 70 begun.\""""
    all_of_them = schedule.standings(book, chosen(level, broker))
    begun = [s for s in all_of_them if s.due is not None]
    soonest = min((s.due for s in begun), default=None)
    day = schedule.interview_date(book)
    until = f" The interview is on {day:%A, %d %B}." if day and day >= datetime.now(UTC).date() else ""
    return f"{len(begun)} of {len(all_of_them)} begun" + (f", the next is due on {soonest:%A}." if soonest else ".") + until


def listing(book: Path, level: str, broker: str) -> int:
    console, topic = Console(highlight=False), ""
    known = {s.question.id: s for s in schedule.standings(book, chosen(level, broker))}
    for q in sorted(chosen(level, broker), key=lambda q: q.topic):
        if q.topic != topic:
            topic = q.topic
            console.print(f"\n[bold]{topic}[/bold]")
        standing = known[q.id]
        state = f"due {standing.due:%d %b}, last grade {standing.answers[-1][1]}" if standing.due else "new"
        console.print(f"  {'*' if q.starred else ' '} {q.level}  {q.ask}  [dim]{state}[/dim]")
    console.print(f"\n{when(book, level, broker)}  (* the questions asked everywhere)")
    return 0
