"""The card: the verdict first, everything escaped, readable in both themes, small enough to keep."""

import re
from html.parser import HTMLParser

import made
import pytest

from helpers.bench.report import Moment
from helpers.notebook import card
from helpers.notebook.theme import DARK, LIGHT, style

EVIL = "<script>alert('x')</script><img src=x onerror=alert(1)>\"'"
VOID = {"img", "br", "input", "meta", "hr"}


class Tags(HTMLParser):
    """Every tag is closed in its turn; collects tags and attributes."""

    def __init__(self, text):
        super().__init__()
        self.open, self.seen, self.attributes = [], [], []
        self.feed(text)
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, f"</{tag}> closes nothing"


@pytest.mark.parametrize("kind", ["lost", "one", "pass", "error"])
def test_the_card_is_well_formed_and_small(kind, tmp_path):
    text = card.html(made.report(kind, tmp_path))
    tags = Tags(text)
    assert "svg" in tags.seen and tags.seen.count("h3") == 1
    assert len(text) < 100_000


def test_the_verdict_comes_first_in_word_shape_and_colour(tmp_path):
    text = card.html(made.report("lost", tmp_path))
    body = re.sub(r"(?s)<style>.*?</style>", "", text)
    assert body.index("17 of 24 orders lost") < body.index("killed after the charge")
    assert "✗" in body and "mqw-card fail" in body and 'aria-label="verdict of lab 07_rabbitmq_consumer: fail"' in body


def test_the_price_is_told_where_it_is_allowed(tmp_path):
    text = card.html(made.report("pass", tmp_path))
    assert "All 24 orders charged" in text and "The price" in text and "k3f9w07" in text
    report = made.report("pass")
    report.guarantee, report.verdict = "effectively-once", "fail"
    assert card.headline(report) == "1 of 24 orders charged twice"


def test_a_pass_is_told_of_each_of_its_runs_not_of_the_last_alone(tmp_path):
    report = made.report("pass", tmp_path)
    first = report.scenarios[0]
    first.charged, first.dead_lettered = first.accepted - 1, 1
    assert card.headline(report) == "All 24 orders charged or among the dead letters"
    assert "pass: 23 of 24 charged, 1 among the dead letters" in card.html(report)


@pytest.mark.parametrize("kind", ["lost", "error"])
def test_nothing_from_outside_becomes_markup(kind, tmp_path):
    r = made.report(kind, tmp_path)
    r.reason = r.scenario_title = r.run_dir = r.again = r.lab = EVIL
    for program in r.programs:
        program.role = program.error = program.error_file = program.output_tail = EVIL
    for finding in r.findings:
        finding.name = finding.title = finding.sentence = finding.fix = finding.page = EVIL
        finding.proof = [Moment(0.1, EVIL)]
    for scenario in r.scenarios:
        scenario.title = EVIL
    r.faults[0].spec = r.broker["name"] = r.broker["version"] = EVIL
    r.not_run = [EVIL]
    old = r.orders.lost[0] if r.orders.lost else r.orders.charged[0]
    for ids in vars(r.orders).values():
        ids[:] = [EVIL if i == old else i for i in ids]
    r.numbers[EVIL] = r.numbers.pop(old)
    tags = Tags(card.html(r, [EVIL]))
    assert "script" not in tags.seen and "img" not in tags.seen
    assert not any(name.startswith("on") for name, _ in tags.attributes)


def test_a_finding_s_page_may_not_leave_the_workbook():
    for page in ("javascript:alert(1)", "https://example.org/a.md", "/etc/a.md", "../a.md"):
        assert card._page(page) == ""
    assert card._page("docs/mistakes.md#auto-ack").endswith("docs/mistakes.md#auto-ack")


def luminance(colour):
    parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(a, b):
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ink", ["ink", "soft", "good", "bad", "twice", "doubt", "link"])
@pytest.mark.parametrize("ground", ["ground", "raised"])
def test_text_can_be_read_in_both_themes(theme, ink, ground):
    assert contrast(theme[ink], theme[ground]) >= 4.5


def test_both_themes_and_the_system_s_preference_are_served():
    assert "prefers-color-scheme:dark" in style() and 'data-jp-theme-light="false"' in style()
    assert DARK["bad"] in style() and LIGHT["bad"] in style()
