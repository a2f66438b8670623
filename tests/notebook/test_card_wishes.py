"""The card of an examination: shape and word for each wish, what was found below it, everything escaped."""

import re

import pytest
from test_card import EVIL, Tags

from helpers.bench.report import Finding, Moment, ProgramRecord, Report, WishRecord
from helpers.notebook import card, results


def report(verdict: str = "fail", of: str = "") -> Report:
    found = Finding("queue-missing", "cause", "no such queue", "There is no queue BILLING.", "Declare it.",
                    "docs/mistakes.md#queue-missing", proof=[Moment(None, "RabbitMQ has these queues: AUDIT")])
    wishes = [WishRecord("a", "the program can be started again", True, None, of),
              WishRecord("b", "BILLING is there", False, found, of), WishRecord("c", "BILLING is durable", False, found, of),
              WishRecord("d", "BILLING keeps what it has", None, None, of)]
    if verdict == "pass":
        wishes = wishes[:1]
    return Report("01_rabbitmq_topology", "Queues", 7, "at-least-once", {"name": "rabbitmq", "version": "4.3.6"}, verdict,
                  "Because.", kind="topology", wishes=wishes, findings=[found] if verdict == "fail" else [],
                  notes=["Another port was used."], again="python -m helpers check 01",
                  programs=[ProgramRecord("setup", "setup.py", 2, 0, output_tail="hello\n")])


def body(r: Report) -> str:
    return re.sub(r"(?s)<style>.*?</style>", "", card.html(r))


def test_well_formed_and_the_verdict_first():
    text = body(report())
    tags = Tags(text)
    assert tags.seen.count("h3") == 1 and "svg" not in tags.seen
    assert text.index("2 of 4 wishes do not hold") < text.index("the program can be started again")
    assert 'aria-label="verdict of lab 01_rabbitmq_topology: fail"' in text


def test_each_wish_has_shape_and_word_and_a_fix_stands_once():
    text = body(report())
    for sign, word, count in (("✓", "yes", 1), ("✗", "no", 2), ("–", "not examined", 1)):
        assert text.count(f'<b aria-hidden="true">{sign}</b><i>{word}</i>') == count
    assert text.count("RabbitMQ has these queues: AUDIT") == 2 and text.count("Declare it.") == 1
    assert "mistakes.md#queue-missing" in text and "Another port was used." in text


def test_nothing_of_orders_and_guarantees_is_told():
    for verdict in ("pass", "fail", "unknown", "error"):
        text = body(report(verdict))
        assert "charged" not in text and "at least once" not in text


def test_several_files_have_a_heading_each():
    r = report(of="rabbitmq.conf")
    r.wishes += report(of="redis.conf").wishes
    text = body(r)
    assert text.count("<h4>rabbitmq.conf</h4>") == 1 and text.count("<h4>redis.conf</h4>") == 1
    Tags(text)


def test_a_cause_is_told_in_its_place_only():
    assert body(report()).count("There is no queue BILLING.") == 2  # below each of the two wishes
    assert "Because." not in body(report()) and "Because." in body(report("unknown"))


def test_an_error_stands_above_the_wishes():
    r = report("error")
    r.findings = []
    r.programs[0].error, r.programs[0].error_line = "NameError: name 'x' is not defined", 3
    text = body(r)
    assert text.index("NameError") < text.index("the program can be started again")


@pytest.mark.parametrize("of", ["", EVIL])
def test_nothing_from_outside_becomes_markup(of):
    r = report(of=of)
    r.lab = r.reason = r.run_dir = r.again = EVIL
    r.notes = [EVIL]
    for wish in r.wishes:
        wish.title = EVIL
        if wish.found:
            wish.found.name = wish.found.sentence = wish.found.fix = wish.found.page = EVIL
            wish.found.proof = [Moment(None, EVIL)]
    tags = Tags(card.html(r, [EVIL]))
    assert "script" not in tags.seen and "img" not in tags.seen
    assert not any(name.startswith("on") for name, _ in tags.attributes)


def test_facts_are_the_same_in_every_run():
    assert results.Result(report()).facts() == (
        "fail: 1 of 4 wishes hold\nno: BILLING is there (queue-missing)\nno: BILLING is durable (queue-missing)")
    assert results.Result(report("pass")).facts() == "pass: 1 of 1 wishes hold"
