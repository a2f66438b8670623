"""The form of a prediction: what its buttons do, what it says, and what stands where no widget can."""

import json

import pytest

from helpers.notebook import form, predictions, programs
from helpers.study.predictions import Question

SURVIVORS = Question("survivors", "How many <100> survive?", unit="messages")
SMALLEST = Question("smallest", "Which is smallest?", ("JSON", "XML"))


@pytest.fixture
def work(tmp_path, monkeypatch):
    monkeypatch.setattr(programs, "work", lambda: tmp_path)
    monkeypatch.setattr(predictions, "_asked", [])
    return tmp_path


def kept(question, given):
    def commit(said):
        given.append(question.read(said))
        return given[-1]

    return commit


def test_choose_write_down_change():
    given = []
    f = form.Form(SMALLEST, None, kept(SMALLEST, given))
    f.button.click()
    assert not given and "Choose one first" in f.line.value
    f.field.value = "XML"
    f.button.click()
    assert given == ["XML"] and f.field.disabled and "Written down: XML" in f.line.value and f.button.description == form.CHANGE
    f.button.click()
    assert not f.field.disabled and f.button.description == form.WRITE and given == ["XML"]
    f.field.value = "JSON"
    f.button.click()
    assert given == ["XML", "JSON"]


def test_a_number_by_the_enter_key_and_a_word_that_is_none():
    given = []
    f = form.Form(SURVIVORS, None, kept(SURVIVORS, given))
    f.field.value = "a lot"
    f.button.click()
    assert not given and "&#x27;a lot&#x27; is no number" in f.line.value and not f.field.disabled
    f.field.value = " 1,000 "
    f.field._handle_string_msg(None, {"event": "submit"}, None)  # what the browser sends for Enter
    assert given == [1000] and "Written down: 1,000 messages" in f.line.value


def test_what_was_typed_counts_though_the_browser_tells_of_enter_first():
    given = []
    f = form.Form(SURVIVORS, None, kept(SURVIVORS, given))
    f.field._handle_string_msg(None, {"event": "submit"}, None)
    assert not given and "number" not in f.line.value
    f.field.value = "17"  # the same Enter, a message later
    assert given == [17] and "Written down: 17 messages" in f.line.value
    f.button.click()
    f.field.value = "18"  # the field was left, no Enter
    assert given == [17]


def test_the_text_says_the_same_and_html_is_escaped():
    f = form.Form(SURVIVORS, 3, lambda said: said)
    assert f.bundle()["text/plain"] == "Predict. How many <100> survive?\n  Written down: 3 messages."
    assert "&lt;100&gt;" in f.box.children[0].value
    assert form.Form(SMALLEST, None, lambda said: said).text().splitlines()[1:] == ["  ( ) JSON", "  ( ) XML"]
    assert "application/vnd.jupyter.widget-view+json" in f.bundle()


def test_predict_run_score(work, capsys):
    predictions.predict("smallest", "Which is smallest?", choices=["JSON", "XML"])
    predictions.score("smallest", "XML")
    assert capsys.readouterr().out.endswith("The run says: XML. (You made no guess.)\n")
    predictions.predict("smallest", "Which is smallest?", choices=["JSON", "XML"], guess="JSON")
    predictions.score("smallest", "XML")
    assert capsys.readouterr().out.endswith("You said JSON; the run says XML. ✗ Not this time: why?\n")
    predictions.predict("speed", "How much faster?", unit="times", factor=2, guess=4)
    predictions.score("speed", 5)
    assert capsys.readouterr().out.endswith("You said 4 times; the run says 5 times (right from 2.5 times to 10 times). ✓ Right.\n")
    predictions.tally()
    assert capsys.readouterr().out.splitlines() == [
        "✗ Which is smallest?", "      you said JSON; the run said XML",
        "✓ How much faster?", "      you said 4 times; the run said 5 times",
        "1 of 2 right. The others are the ones you learned from."]


def test_what_a_run_says_is_broken_at_words_and_a_tick_stays_with_its_word(work, capsys):
    predictions.predict("gap", "How long?", unit="milliseconds", factor=1.5, guess=2000)
    capsys.readouterr()
    predictions.score("gap", 2100)
    assert capsys.readouterr().out.splitlines() == [
        "You said 2,000 milliseconds; the run says 2,100 milliseconds (right from 1,400",
        "milliseconds to 3,150 milliseconds). ✓ Right."]
    assert predictions._lines(88 * "x" + " ✓ Right.").splitlines() == [88 * "x", "✓ Right."]


def test_a_score_without_its_question_says_so_and_goes_on(work, capsys):
    predictions.score("smallest", "XML")
    predictions.score("count", 3)
    out = capsys.readouterr().out
    assert "The run says: XML." in out and "The run says: 3." in out and out.count("was not asked") == 2
    predictions.predict("smallest", "Which is smallest?", choices=["JSON", "XML"])
    predictions.score("smallest", "CSV")
    assert "could not be predicted" in capsys.readouterr().out


def test_the_page_s_faults_are_raised(work):
    with pytest.raises(ValueError):
        predictions.predict("smallest", "Which?", choices=["JSON", "XML"], guess="CSV")
    with pytest.raises(TypeError):
        predictions.predict("smallest", "Which?", lost=3)


def test_the_book_is_lines_of_json(work):
    predictions.predict("count", "How many?", guess=3)
    predictions.score("count", 4)
    lines = [json.loads(line) for line in (work / "predictions.jsonl").read_text().splitlines()]
    assert [next(k for k in ("asked", "scored", "said") if k in line) for line in lines] == ["asked", "said", "scored"]
    assert lines[-1]["said"] == 3 and lines[-1]["found"] == 4 and lines[-1]["right"] is False
