"""The card: the verdict first, everything escaped, readable in both themes, small enough to keep."""

import re
from html.parser import HTMLParser

import made
import pytest

from helpers.bench.report import Moment
from helpers.notebook import card, picture
from helpers.notebook.axis import lay_out, ranges, read
from helpers.notebook.theme import DARK, LIGHT, style
from helpers.wire.events import Journal

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


def test_the_picture_says_in_words_what_it_shows(tmp_path):
    drawn = picture.of(made.report("lost", tmp_path))
    label = re.search(r'aria-label="([^"]*)"', drawn)[1]
    assert "7 charged" in label and "Lost: orders 8–24." in label and "consumer was killed" in label
    assert drawn.count('class="cross" x=') == 17 + 1


def test_a_second_charge_is_marked_with_its_number(tmp_path):
    drawn = picture.of(made.report("pass", tmp_path))
    assert drawn.count('class="again"') == 1 and ">2</text>" in drawn


def test_events_step_to_the_right_and_dead_time_is_cut(tmp_path):
    made.events("one", tmp_path)
    with (tmp_path / "killed-after-charge" / "events.jsonl").open() as lines:
        axis = lay_out(read(lines))
    places = list(axis.x.values())
    assert places == sorted(places) and 0 <= places[0] and places[-1] <= 1
    assert [round(gap.seconds, 1) for gap in axis.gaps] == [0.4]


def test_a_run_cut_short_is_no_error(tmp_path):
    made.events("one", tmp_path)
    path = tmp_path / "killed-after-charge" / "events.jsonl"
    path.write_text(path.read_text()[:-40])
    assert "<svg" in picture.of(made.report("one", None).__class__(**{**vars(made.report("one")), "run_dir": str(tmp_path)}))


@pytest.mark.parametrize(("numbers", "said"), [([1, 2, 3, 7], "1–3, 7"), ([4], "4"), ([4, 5], "4, 5"), ([], "")])
def test_ranges(numbers, said):
    assert ranges(numbers) == said


def test_what_goes_round_is_drawn_a_few_times_only():
    journal = Journal()
    journal.record("tap", "bench", "published", "a")
    for _ in range(3000):
        journal.record("tap", "consumer", "redelivered", "a")
        journal.record("tap", "consumer", "rejected", "a", requeue=True)
    journal.record("shop", "consumer", "charged", "a")
    kept = picture.without_circles(journal.events)
    assert len(kept) == 2 + 2 * picture.ROUNDS and kept[-1].kind == "charged"
