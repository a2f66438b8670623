"""Progress is kept whatever happens, and the course map and a lab's card say what it holds."""

import json

import pytest

from helpers import paths
from helpers.bench.lab import load
from helpers.bench.report import ProgramRecord, Report, ScenarioRecord
from helpers.notebook import course_map, lab_card
from helpers.study import course, progress

LAB = load("07")


def report(folder, verdict="pass", scenarios=None, guarantee="at-least-once", file="", calm=False):
    names = [s.name for s in LAB.scenarios if guarantee in s.guarantees] if scenarios is None else scenarios
    rows = [ScenarioRecord(n, n, verdict, "", 1.0, 24, 24, 0, 0, 0) for n in names]
    folder.mkdir(parents=True, exist_ok=True)
    r = Report(LAB.name, LAB.title, 1, guarantee, {"name": "rabbitmq"}, verdict, "", scenarios=rows, run_dir=str(folder),
               calm=calm, programs=[ProgramRecord("consumer", file)])
    r.save(folder / "report.json")
    return r


@pytest.fixture
def world(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(paths, "WORK", tmp_path / "work")
    return tmp_path


@pytest.fixture
def book(world):
    return world / "work" / progress.FILE


def lab_state(book):
    return next(s for s in progress.standing(book).labs if s.lab.name == LAB.name)


def lesson_state(book, name):
    return next(s for s, _ in progress.standing(book).lessons if s.lesson.name == name)


def test_nothing_done_begins_at_the_first_page(book):
    assert progress.standing(book).next.lesson.name == "00_start_here"
    assert not book.exists(), "looking writes nothing"


def test_a_pass_of_every_scenario_solves_and_a_part_does_not(book, world):
    progress.checked(book, report(world / "runs" / LAB.name / "a", scenarios=[LAB.scenarios[0].name]))
    progress.checked(book, report(world / "runs" / LAB.name / "b", calm=True))
    progress.checked(book, report(world / "runs" / LAB.name / "c", verdict="fail"))
    assert lab_state(book).checks == 3 and not lab_state(book).solved
    whole = report(world / "runs" / LAB.name / "d", guarantee="at-most-once")
    progress.checked(book, whole)
    progress.checked(book, whole)
    assert lab_state(book).checks == 4 and list(lab_state(book).solved) == ["at-most-once"]
    progress.checked(book, report(world / "runs" / LAB.name / "e", verdict="fail"))
    assert lab_state(book).solved, "a later failure takes nothing back"


def test_terminal_runs_are_gathered_once_and_only_the_learners(book, world):
    report(world / "runs" / LAB.name / "mine", file=str(world / "work" / "labs" / "consumer.py"))
    report(world / "runs" / LAB.name / "ours", file=str(LAB.solution_folder / "consumer.py"))
    report(world / "runs" / LAB.name / "lesson", file=str(world / "work" / "lessons" / "11" / "consumer.py"))
    (world / "runs" / LAB.name / "broken").mkdir()
    (world / "runs" / LAB.name / "broken" / "report.json").write_text("{")
    for _ in range(2):
        progress.gather(book)
    assert lab_state(book).checks == 1 and lab_state(book).solved


def test_the_worked_solution_solves_nothing_for_the_learner(book, world):
    shown = report(world / "runs" / LAB.name / "shown", file=str(world / "work" / "labs" / "consumer.py"))
    progress.checked(book, shown, own=False)
    progress.gather(book)
    assert not lab_state(book).begun and not lab_state(book).solved
    assert progress.standing(book).next.lesson.name == "00_start_here"
    assert progress.standing(book, here="00_start_here").next.lesson.name == "01_concepts"


def test_a_lesson_is_read_when_its_last_cell_has_run_and_half_of_the_others(book):
    cells = course.cells("00_start_here")
    progress.ran(book, "00_start_here", cells[-1])
    state = lesson_state(book, "00_start_here")
    assert state.opened and state.ran == 1 and not state.ended
    for cell in cells[: len(cells) // 2]:
        progress.ran(book, "00_start_here", cell)
        progress.ran(book, "00_start_here", cell)
    assert lesson_state(book, "00_start_here").ended
    assert progress.standing(book).next.lesson.name == "01_concepts"
    size = book.stat().st_size
    progress.ran(book, "00_start_here", cells[0])
    progress.ran(book, "somebody's own notebook", "x")
    assert book.stat().st_size == size, "the book grows with every run of a cell"


def test_a_line_cut_short_costs_that_line_alone(book):
    progress.ran(book, "00_start_here", course.cells("00_start_here")[0])
    with book.open("a") as file:
        file.write('{"scored": "x", "rig')
    progress.scored(book, "prefetch", True, "00_start_here")
    state = lesson_state(book, "00_start_here")
    assert state.ran == 1 and (state.predicted, state.right) == (1, 1)


def test_what_stands_in_the_book_from_another_version_does_no_harm(book):
    book.parent.mkdir(parents=True)
    odd = ([1], {"ended": "99_gone"}, {"checked": "99_gone", "whole": True}, {"x": None}, {"cell": "a"},
           {"of": "00_start_here"})
    book.write_text("".join(json.dumps(each) + "\n" for each in odd))
    assert progress.standing(book).next.lesson.name == "00_start_here"


def test_who_begins_further_on_is_not_sent_back(book, world):
    progress.checked(book, report(world / "runs" / LAB.name / "a", verdict="fail"))
    assert progress.standing(book).next.lab.name == LAB.name
    progress.checked(book, report(world / "runs" / LAB.name / "b"))
    assert progress.standing(book).next.lab.name == "08_kafka_consumer"


def test_the_map_says_in_words_what_its_signs_mean(book, world):
    progress.checked(book, report(world / "runs" / LAB.name / "a"))
    standing = progress.standing(book)
    text, html = course_map.text(standing), course_map.html(standing)
    assert "✓      Lab 07: A RabbitMQ consumer that loses no order".rstrip() in text and "solved: at least once" in text
    assert text.rstrip().endswith("(labs/08_kafka_consumer/lab.ipynb)")
    assert html.count('aria-current="step"') == 1 and 'href="' in html and "solved: at least once" in html
    for name in [s.lesson.name for s, _ in standing.lessons if s.lesson.written]:
        assert f"{name}.ipynb" in html


def test_a_lab_s_card_tells_its_runs_and_escapes_them(book, world, monkeypatch):
    bad = report(world / "runs" / LAB.name / "2026-01-02T03-04-05", verdict="error")
    bad.reason = "<script>x</script>"
    bad.save(world / "runs" / LAB.name / "2026-01-02T03-04-05" / "report.json")
    report(world / "runs" / LAB.name / "2026-01-02T03-05-05")
    made = lab_card.LabCard(LAB, lab_state(book), lab_card.past(LAB))
    text, html = lab_card.text(made), lab_card.html(made)
    assert "1  2026-01-02 03:05  ✓ pass" in text and "2  2026-01-02 03:04  ! error" in text
    assert html.count("<summary>Hint ") == 3 and "<script>" not in html and "What must hold" in html
    assert "an accepted order is never charged: never" in text and "an accepted order is never charged<" in html
    assert made.run(2).report.verdict == "error"
    with pytest.raises(LookupError, match="run\\(1\\) is the newest"):
        made.run(3)
