"""The chooser of lesson 7: each question has a say, each advice its contradiction."""

from itertools import product

import pytest

from helpers.notebook.choosing import Chooser
from helpers.study import choosing
from helpers.study.choosing import NONE, QUESTIONS, advise


def test_every_combination_has_reasons_and_a_contradiction():
    for answers in product(*(choices for _, choices in QUESTIONS.values())):
        found = advise(dict(zip(QUESTIONS, answers, strict=True)))
        assert found.reasons and found.against
        assert found.choice == NONE or found.points[found.choice] == max(found.points.values())


def test_every_argument_answers_a_question_that_is_asked():
    for name, answer, who, weight, _ in choosing._ARGUMENTS:
        assert answer in QUESTIONS[name][1] and who in choosing.BROKERS and weight > 0


@pytest.mark.parametrize(("given", "choice"), [
    ({"answer": "yes", "replay": "yes"}, NONE),
    ({"replay": "yes", "rate": "more"}, "Kafka"),
    ({"job": "yes", "rules": "yes"}, "RabbitMQ"),
    ({"job": "yes", "runs": "Redis"}, "Redis"),
])
def test_a_plain_case_gets_the_plain_answer(given, choice):
    assert advise(given).choice == choice


def test_level_brokers_are_both_told():
    found = advise({"replay": "yes", "job": "yes", "runs": "RabbitMQ", "rate": "up to 20,000"})
    assert found.choice == "RabbitMQ" and found.points["Kafka"] == found.points["RabbitMQ"]
    assert any(line.startswith("Kafka has as many points") for line in found.against)


@pytest.mark.parametrize("given", [{"speed": "yes"}, {"replay": "perhaps"}])
def test_what_is_no_question_or_no_answer_is_refused(given):
    with pytest.raises(ValueError, match="there are: "):
        advise(given)


def test_the_form_follows_each_change_and_its_text_says_the_same():
    form = Chooser()
    assert "a table in your database" in form.text()
    form.fields["replay"].value = "yes"
    assert "Advice: Kafka" in form.text() and "Advice: Kafka" in form.told.value
    assert form.bundle()["text/plain"] == form.text()
