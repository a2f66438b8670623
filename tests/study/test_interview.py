"""The questions, when they come again, the drill and the mock interview in a terminal, and the file that remembers."""

import html
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta

import pytest

from helpers import paths
from helpers.study import course, interview_page, mock, progress, questions, schedule

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)


@pytest.fixture
def book(tmp_path):
    return tmp_path / "progress.jsonl"


def answered(book, name, grade, at):
    progress.write(book, {"drilled": name, "grade": grade, "said": [], "typed": "", "at": at.isoformat()})


# ------------------------------------------------------------ the questions


def test_there_are_seventy_and_each_is_whole():
    found = questions.all_questions()
    assert len(found) >= 70 and len({q.id for q in found}) == len(found)
    for q in found:
        assert q.ask.endswith(("?", ".")) and len(q.points) >= 4, q.id
        assert 15 <= len(q.short.split()) <= 90, f"{q.id}: {len(q.short.split())} words are not thirty seconds"
        assert all((q.wrong, q.why, q.follow, q.answer)), q.id
    assert sum(q.starred for q in found) >= 4
    assert {q.level for q in found} == {"J", "M", "S"}


@pytest.mark.parametrize(("name", "proof"), [(q.id, each) for q in questions.all_questions() for each in (q.proof, *q.more) if each])
def test_its_proof_is_there(name, proof):
    kind, _, rest = proof.partition(":")
    if kind == "lesson":
        name, _, cell = rest.partition("#")
        assert cell in course.cells(name)
    elif kind == "lab":
        assert (paths.LABS / rest / "lab.py").exists()
    else:
        assert kind == "mistake" and f'<a id="{rest}"></a>' in (paths.ROOT / "docs" / "mistakes.md").read_text()


def test_most_answers_can_be_run_and_most_of_them_in_the_interview_notebook():
    found = questions.all_questions()
    assert sum(bool(q.proof) for q in found) >= 60
    assert all(q.proof for q in found if q.starred or q.more)
    own = [q for q in found if q.proof.startswith("lesson:10_interview#")]
    assert len({q.proof for q in own}) >= 40 and all(q in own for q in found if q.starred)


def test_each_run_of_the_notebook_is_the_proof_of_a_question():
    """A run is a cell after the tools that is neither a form, nor the second half of the run before it."""
    ids = course.cells("10_interview")
    runs = [each for each in ids[ids.index("tools-redis") + 1 : ids.index("tally")]
            if not each.startswith("p-") and not each.endswith("-check")]
    assert len(runs) >= 30
    named = {each for q in questions.all_questions() for each in (q.proof, *q.more)}
    assert not [each for each in runs if f"lesson:10_interview#{each}" not in named]


def test_a_choice_reaches_up_to_its_level_and_keeps_what_is_general():
    found = questions.chosen("J", "kafka")
    assert found and all(q.level == "J" and q.broker in ("", "kafka") for q in found)
    assert found[0].starred
    assert len(questions.chosen()) == len(questions.all_questions())


def test_the_page_has_every_question():
    page = interview_page.page()
    assert all(f'<a id="{q.id}"></a>' in page and q.ask in page for q in questions.all_questions())


# ------------------------------------------------------------ when it comes again


@pytest.mark.parametrize(("said", "follow_up", "wrong", "grade"), [
    (0, True, False, 0), (1, True, False, 1), (2, False, False, 2), (3, False, False, 3), (4, False, False, 3), (4, True, False, 4),
    (4, True, True, 1), (0, False, True, 0),
])  # fmt: skip
def test_the_grade_follows_the_rubric(said, follow_up, wrong, grade):
    assert schedule.grade_of(said, 4, follow_up, wrong) == grade


def test_what_was_not_known_comes_tomorrow_and_what_was_known_later(book):
    answered(book, "what-is-a-queue", 1, NOW)
    answered(book, "queue-or-log", 3, NOW)
    found = {s.question.id: s.due for s in schedule.standings(book, questions.chosen(), NOW) if s.due}
    assert found["what-is-a-queue"] - NOW == timedelta(days=1)
    assert found["queue-or-log"] > found["what-is-a-queue"]


def test_only_the_first_answer_of_a_day_counts(book):
    answered(book, "what-is-a-queue", 1, NOW)
    (once,) = [s.due for s in schedule.standings(book, questions.chosen(), NOW) if s.due]
    answered(book, "what-is-a-queue", 4, NOW + timedelta(minutes=5))
    (twice,) = [s.due for s in schedule.standings(book, questions.chosen(), NOW) if s.due]
    assert once == twice


def test_before_the_interview_nothing_stays_away_for_long(book):
    for day in (0, 2, 12):
        answered(book, "what-is-a-queue", 4, NOW + timedelta(days=day))
    later = NOW + timedelta(days=12)
    (free,) = [s.due for s in schedule.standings(book, questions.chosen(), later) if s.due]
    schedule.set_date(book, date(2026, 12, 20))
    (near,) = [s.due for s in schedule.standings(book, questions.chosen(), later) if s.due]
    assert free - later > timedelta(days=3) >= near - later
    schedule.set_date(book, None)
    assert schedule.interview_date(book) is None


def test_a_session_begins_with_what_is_due_and_ends_with_the_days_new_ones(book):
    first = schedule.session(book, now=NOW)
    assert len(first) == schedule.SESSION and first[0].question.starred
    for standing in first:
        answered(book, standing.question.id, 1, NOW)
    assert len(schedule.session(book, now=NOW)) == schedule.NEW_A_DAY - schedule.SESSION
    again = schedule.session(book, now=NOW + timedelta(days=1))
    assert [s.question.id for s in again] == [s.question.id for s in first]


def test_lines_of_a_later_version_and_broken_ones_are_passed_over(book):
    answered(book, "what-is-a-queue", 3, NOW)
    with book.open("a") as file:
        file.write('{"drilled": "gone-question", "grade": 3, "at": "2026-12-01T09:00:00+00:00"}\n{"drilled": "what-is-a-q')
    assert sum(s.due is not None for s in schedule.standings(book, questions.chosen(), NOW)) == 1


# ------------------------------------------------------------ the file


def test_progress_goes_out_and_comes_in_once(book, tmp_path):
    answered(book, "what-is-a-queue", 3, NOW)
    answered(book, "queue-or-log", 2, NOW + timedelta(days=1))
    out, other = tmp_path / "out.jsonl", tmp_path / "other.jsonl"
    assert progress.export(book, out) == 2
    answered(other, "two-services-need-all", 1, NOW + timedelta(hours=1))
    assert progress.bring_in(other, out) == 2
    assert progress.bring_in(other, out) == 0
    assert [e["drilled"] for e in progress.read(other)] == ["what-is-a-queue", "two-services-need-all", "queue-or-log"]
    with pytest.raises(ValueError, match="not an export"):
        progress.bring_in(other, book)
    out.write_text(out.read_text().replace(f'"{progress.FORMAT}": 1', f'"{progress.FORMAT}": 2'))
    with pytest.raises(ValueError, match="later version"):
        progress.bring_in(other, out)
    with pytest.raises(FileNotFoundError, match="there is no file"):
        progress.bring_in(other, tmp_path / "nothing")


def test_reset_keeps_the_old_file_aside(book):
    assert progress.set_aside(book) is None
    answered(book, "what-is-a-queue", 3, NOW)
    aside = progress.set_aside(book)
    assert not book.exists() and len(progress.read(aside)) == 1
    answered(book, "what-is-a-queue", 2, NOW)
    assert progress.set_aside(book) != aside and len(progress.read(aside)) == 1


# ------------------------------------------------------------ in a terminal


def in_a_terminal(tmp_path, *words, answers=(), interrupt=""):
    """What it printed, and its exit status; `answers`: (what to wait for, what to type); `interrupt`: what to wait for."""
    pid, fd = pty.fork()
    if pid == 0:
        os.chdir(paths.ROOT)
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it, and so would this one
        env = {**os.environ, "WORKBOOK_WORK": str(tmp_path), "COLUMNS": "100"}
        os.execve(sys.executable, [sys.executable, "-m", "helpers", *words], env)
    told, end = "", time.monotonic() + 40
    waiting = list(answers)

    def read():
        if not select.select([fd], [], [], max(0.0, end - time.monotonic()))[0]:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            raise AssertionError(f"it stands still: {told}")
        try:
            return os.read(fd, 65536).decode(errors="replace")
        except OSError:
            return ""

    while piece := read():
        told += piece
        while waiting and waiting[0][0] in told.rsplit("\x00", 1)[-1]:
            os.write(fd, waiting.pop(0)[1].encode() + b"\n")
            told += "\x00"
        if not waiting and interrupt and interrupt in told:
            os.kill(pid, signal.SIGINT)
            interrupt = ""
        assert time.monotonic() < end, told
    return told.replace("\x00", ""), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


ONE = [("> ", "a buffer"), ("> ", ""), ("Which points", "1 2 9"), ("numbers from 1", "1 2 3"), ("(think", ""), ("Did you have", "n"),
       ("anything like", "n"), ("another grade", "")]


def test_one_card_in_a_terminal(tmp_path):
    told, code = in_a_terminal(tmp_path, "drill", "--cards", "1", answers=ONE)
    assert code == 0 and "What is a message queue?" in told and "1 of 70 begun" in told
    (entry,) = progress.read(tmp_path / progress.FILE)
    assert (entry["drilled"], entry["grade"], entry["said"], entry["typed"]) == ("what-is-a-queue", 3, [1, 2, 3], "a buffer")


def test_an_interrupt_loses_nothing(tmp_path):
    told, code = in_a_terminal(tmp_path, "drill", answers=ONE, interrupt="2 of 8")
    assert code == 130 and "Left after 1 of 8" in told
    assert len(progress.read(tmp_path / progress.FILE)) == 1


def test_a_mock_interview_leaves_a_page(tmp_path):
    part = [("> ", ""), ("Which points", "1"), ("(think", ""), ("Did you have", "n"), ("anything like", "n"), ("another grade", "")]
    told, code = in_a_terminal(tmp_path, "mock", "--level", "M", "--broker", "kafka", "--seed", "5", answers=part * 6)
    assert code == 0, told
    (page,) = tmp_path.glob("mock-*.md")
    text = page.read_text()
    assert text.count("| Question") == 4 and "| Design |" in text and "| Sizing |" in text and "seed 5" in text
    assert "## " in text and len(progress.read(tmp_path / progress.FILE)) == 7


def test_a_weak_answer_without_a_run_is_not_passed_over():
    without = next(q for q in questions.all_questions() if not q.places())
    shown = next(q for q in questions.all_questions() if q.places())
    parts = [mock.Part("Question 1", 3, without), mock.Part("Question 2", 6, shown)]
    text = mock.summary(parts, [1, 2], 6, 1, "", "")
    assert f"- {without.ask} → a matter of judgement" in text and f"- {shown.ask} → [{shown.places()[0][0]}](" in text
    assert "Before the real one" not in mock.summary(parts, [4, 4], 6, 1, "", "")


def test_the_last_mock_interviews_are_not_repeated(book):
    first = mock.plan(book, "", "", 1)
    assert [p.question.id for p in first] == [p.question.id for p in mock.plan(book, "", "", 1)]
    progress.write(book, {"mock": [p.question.id for p in first]})
    again = mock.plan(book, "", "", 1)
    assert not {p.question.id for p in first[:5]} & {p.question.id for p in again[:5]}


@pytest.mark.parametrize(("words", "code", "says"), [
    (["drill", "--date", "soon"], 2, "2026-12-31"), (["progress", "import", "/nowhere"], 1, "nowhere"),
    (["drill", "--list", "--level", "J"], 0, "Fundamentals"), (["progress", "reset", "--yes"], 0, "nothing to forget"),
    (["drill", "--cards", "0"], 2, "at least 1"),
])  # fmt: skip
def test_clear_words(tmp_path, words, code, says):
    done = subprocess.run([sys.executable, "-m", "helpers", *words], cwd=paths.ROOT, capture_output=True, text=True,
                          env={**os.environ, "WORKBOOK_WORK": str(tmp_path)})
    assert done.returncode == code and re.search(says, done.stdout + done.stderr), done


# ------------------------------------------------------------ in a notebook


def test_the_mock_interview_in_a_notebook(tmp_path):
    from helpers.notebook.mock_card import STILL as WORDS
    from helpers.notebook.mock_card import Interview
    from helpers.notebook.mock_card import mock as notebook_mock

    book = tmp_path / progress.FILE
    card = Interview(book, "M", "kafka", 5)
    asked = [p.question for p in mock.plan(book, "M", "kafka", 5)]
    assert [p.question for p in card.parts] == asked and len(asked) == 6
    for n, question in enumerate(asked):
        assert question.ask in html.unescape(card.head.value) and f"{card.parts[n].title} · minute 0" in card.head.value
        card.show.click()
        card.grade.value = 4 if n else 1
        card.next.click()
        assert card.page.read_text().count("\n| ") == n + 2  # what was rated until now, should the reader leave
    assert "Over, after 0 minutes" in card.head.value and card.head.value.count("<tr><td>") == 6
    words = asked[0].where()[0].replace("`", "")
    assert words in card.head.value and f"## {asked[0].ask}" in card.page.read_text() and "seed 5" in card.page.read_text()
    assert [e["grade"] for e in progress.read(book) if "drilled" in e] == [1, 4, 4, 4, 4, 4]
    again = mock.plan(book, "", "", 5)
    assert not {q.id for q in asked[:5]} & {p.question.id for p in again[:5]}, "six entries, but one interview"
    assert card.bundle()["text/plain"] == WORDS
    with pytest.raises(ValueError, match="level is"):
        notebook_mock("X")


def test_a_mock_interview_that_is_left_keeps_what_was_rated(tmp_path):
    from helpers.notebook.mock_card import Interview

    book = tmp_path / progress.FILE
    card = Interview(book, "", "", 3)
    card.show.click(), card.next.click(), card.end.click()
    assert "1 of 6 parts" in card.head.value and card.head.value.count("<tr><td>") == 1 and card.end.layout.display == "none"
    assert card.typed.layout.display == card.answer.layout.display == "none" and "Left after 1 of 6" in card.page.read_text()
    card = Interview(book, "", "", 4)
    card.show.click(), card.end.click()
    assert "Nothing is kept" in card.head.value and not [e for e in progress.read(book) if e.get("seed") == 4]


def test_the_card_in_a_notebook(tmp_path, monkeypatch):
    from helpers.notebook.drill_card import STILL, Card

    book = tmp_path / progress.FILE
    card = Card(book, "", "", schedule.session(book, cards=2))
    assert "What is a message queue?" in card.head.value and card.answer.layout.display == "none"
    card.typed.value = "a <buffer>"
    card.show.click()
    assert card.answer.layout.display == "" and len(card.points.children) == 4
    for box in card.points.children:
        box.value = True
    assert card.grade.value == 3
    card.follow.value = True
    assert card.grade.value == 4
    card.wrong.value = True
    assert card.grade.value == 1
    card.grade.value = 2  # the buttons overrule the rubric
    card.next.click()
    assert "What does a queue buy you" in card.head.value and card.typed.value == ""
    card.show.click()
    card.next.click()
    assert "Done for now" in card.head.value and card.typed.layout.display == "none"
    entries = progress.read(book)
    assert [(e["grade"], e["typed"]) for e in entries] == [(2, "a <buffer>"), (0, "")]
    assert card.bundle()["text/plain"] == STILL
    assert json.loads(book.read_text().splitlines()[0])["said"] == [1, 2, 3, 4]
