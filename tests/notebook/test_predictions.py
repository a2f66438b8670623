"""A prediction is written down before the run, and the run scores it."""

import made
import pytest

from helpers.study import predictions


def test_right_and_wrong(tmp_path):
    book = tmp_path / "predictions.jsonl"
    predictions.commit(book, "prefetch", {"lost": 1, "charged": 7})
    lost, charged = predictions.score(book, "prefetch", made.report("lost"))
    assert (lost.said, lost.found, lost.right) == (1, 17, False) and charged.right
    assert len(book.read_text().splitlines()) == 2


def test_the_last_one_counts_and_none_is_no_guess(tmp_path):
    book = tmp_path / "predictions.jsonl"
    predictions.commit(book, "a", {"lost": 1})
    predictions.commit(book, "a", {"lost": None})
    (score,) = predictions.score(book, "a", made.report("lost"))
    assert score.said is None and not score.right
    assert predictions.score(book, "never made", made.report("lost")) == []


@pytest.mark.parametrize("said", [{"luck": 1}, {"lost": "many"}, {"lost": -1}, {"lost": True}])
def test_what_cannot_be_predicted_is_said(tmp_path, said):
    with pytest.raises(ValueError):
        predictions.commit(tmp_path / "b", "a", said)


SURVIVORS = predictions.Question("survivors", "How many of 100 survive?", unit="messages")
SMALLEST = predictions.Question("smallest", "Which is smallest?", ("JSON", "XML", "Protobuf"))
SPEED = predictions.Question("speed", "How many times faster?", unit="times", factor=2)


@pytest.mark.parametrize(("question", "said", "found", "right"), [
    (SURVIVORS, 0, 0, True), (SURVIVORS, "1,000", 1000, True), (SURVIVORS, "17 messages", 18, False), (SURVIVORS, "1 message", 1, True), (SURVIVORS, 2.5, 2.5, True),
    (SMALLEST, "JSON", "Protobuf", False), (SMALLEST, "XML", "XML", True),
    (SPEED, 3, 5.9, True), (SPEED, 3, 6.1, False), (SPEED, 12, 6.0, True), (SPEED, 12.1, 6.0, False), (SPEED, 0, 5, False), (SPEED, -3, 3, False),
    (predictions.Question("any", "Does any come?", ("yes", "no")), "no", False, True),
])
def test_a_guess_is_held_against_what_was_found(tmp_path, question, said, found, right):
    book = tmp_path / "b"
    assert predictions.ask(book, question) is None
    predictions.answer(book, question, said)
    assert predictions.settle(book, question.name, found).right is right


@pytest.mark.parametrize(("unit", "one", "two"), [("messages", "1 message", "2 messages"), ("entries", "1 entry", "2 entries"),
                                                  ("ms", "1 ms", "2 ms"), ("", "1", "2")])
def test_one_is_told_as_one(unit, one, two):
    question = predictions.Question("n", "How many?", unit=unit)
    assert (question.told(1), question.told(2)) == (one, two)


def test_without_a_guess_or_a_question(tmp_path):
    book = tmp_path / "b"
    assert predictions.settle(book, "survivors", 3) is None
    predictions.ask(book, SURVIVORS)
    outcome = predictions.settle(book, "survivors", 3)
    assert outcome.said is None and not outcome.right and outcome.found == 3


def test_a_guess_after_the_run_is_too_late_until_asked_again(tmp_path):
    book = tmp_path / "b"
    predictions.ask(book, SURVIVORS)
    predictions.answer(book, SURVIVORS, 1)
    predictions.answer(book, SURVIVORS, 2)
    assert predictions.ask(book, SURVIVORS) == 2, "asking again throws away no guess that stands"
    assert predictions.settle(book, "survivors", 5).said == 2
    with pytest.raises(predictions.TooLate):
        predictions.answer(book, SURVIVORS, 5)
    assert predictions.settle(book, "survivors", 5).said == 2, "the run's cell may be run twice"
    assert predictions.ask(book, SURVIVORS) is None
    assert predictions.settle(book, "survivors", 5).said is None, "an old guess is not taken for a new one"
    assert [o.found for o in predictions.past(book, ["survivors", "never"])] == [5]


@pytest.mark.parametrize(("question", "said"), [(SURVIVORS, "many"), (SURVIVORS, ""), (SURVIVORS, "inf"), (SMALLEST, "CSV"), (SMALLEST, 1)])
def test_what_is_no_answer_is_said(tmp_path, question, said):
    with pytest.raises(ValueError):
        predictions.answer(tmp_path / "b", question, said)


@pytest.mark.parametrize("bad", [{"choices": ("a",)}, {"choices": ("a", "a")}, {"factor": 0.5}])
def test_a_question_that_cannot_be_asked(bad):
    with pytest.raises(ValueError):
        predictions.Question("q", "?", **bad)


def test_a_line_cut_short_by_a_crash_is_passed_over(tmp_path):
    book = tmp_path / "b"
    predictions.ask(book, SURVIVORS)
    predictions.answer(book, SURVIVORS, 1)
    with book.open("a") as file:
        file.write('{"at": "2026-')
    assert predictions.settle(book, "survivors", 1).right
