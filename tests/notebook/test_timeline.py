"""The picture's layout and its still drawing: what they say of a run is what the events and the report say."""

import json
import re
import time

import made
import pytest
import runs
from test_card import Tags

from helpers.notebook.timeline import figure, source, strip
from helpers.notebook.timeline.compare import Comparison, compare
from helpers.notebook.timeline.model import ROUNDS, Model
from helpers.notebook.timeline.svg import Drawing
from helpers.notebook.timeline.words import describe, ranges


def drawn(report):
    model = source.model_of(report)
    return model, Drawing(model, report).svg()


def test_the_picture_says_in_words_what_it_shows(tmp_path):
    _, svg = drawn(made.report("lost", tmp_path))
    label = re.search(r'aria-label="([^"]*)"', svg)[1]
    assert "7 charged" in label and "Lost: orders 8–24." in label and "consumer was killed" in label
    assert svg.count('class="cross"') == 17 and "orders 8–24 lost" in svg


def test_a_second_charge_is_marked_with_its_number(tmp_path):
    model, svg = drawn(made.report("pass", tmp_path))
    assert svg.count('class="two"') == 1 and ">2</text>" in svg
    assert [o["n"] for o in model.orders if o["status"] == "twice"] == [7]


def test_what_came_again_is_marked_and_told(tmp_path):
    model, svg = drawn(made.report("pass", tmp_path))
    again = [o["n"] for o in model.orders if o["again"]]
    assert again == [7, 8, 9, 10] and svg.count('class="turn"') == 4
    assert "Delivered more than once: orders 7–10." in svg


def test_events_step_to_the_right_and_dead_time_is_cut(tmp_path):
    model, _ = drawn(made.report("one", tmp_path))
    places = [row[0] for row in model.events]
    assert places == sorted(places) and 0 <= places[0] and places[-1] <= model.steps.at
    assert [round(seconds, 1) for *_, seconds in model.gaps] == [0.4]


def test_every_order_stands_in_the_strip_once_and_the_lost_one_s_story_ends_with_never(tmp_path):
    report = made.report("one", tmp_path)
    _, svg = drawn(report)
    assert re.findall(r"<title>order (\d+): [^<]*</title><rect", svg) == [str(n) for n in range(1, 25)]
    assert svg.index(">order 7</text>") < svg.index(">acknowledged</text>") < svg.index(">never</text>")


def test_a_run_cut_short_is_no_error(tmp_path):
    report = made.report("one", tmp_path)
    path = tmp_path / "killed-after-charge" / "events.jsonl"
    path.write_text(path.read_text()[:-40])
    assert "<svg" in drawn(report)[1]


def test_events_come_in_pieces_and_the_end_is_the_same(tmp_path):
    """What a page gathers from news is what it gets when it asks for all."""
    report = runs.dense(tmp_path).report()
    events = source.events_of(report)
    model, held = Model(), {}
    for start in range(0, len(events), 97):
        model.feed(events[start:start + 97])
        news = json.loads(json.dumps(model.news()))
        for key, begin in news["from"].items():
            assert begin <= len(held.get(key, []))
            held[key] = held.get(key, [])[:begin] + news[key]
        for k, (status, again) in news["changed"].items():
            held["orders"][int(k)].update(status=status, again=again)
    model.finish(report)
    whole = json.loads(json.dumps(model.as_dict()))
    assert all(held[key] == whole[key] for key in ("events", "lines", "marks", "gaps", "more"))
    assert [o["id"] for o in held["orders"]] == [o["id"] for o in whole["orders"]]
    assert whole == json.loads(json.dumps(source.model_of(report).as_dict()))


def test_the_tail_gives_whole_lines_only(tmp_path):
    made.events("pass", tmp_path)
    path = tmp_path / "killed-after-charge" / "events.jsonl"
    data, grown = path.read_bytes(), tmp_path / "grown.jsonl"
    tail, seen = source.Tail(grown), []
    assert tail.read() == []
    for start in range(0, len(data), 1000):
        with grown.open("ab") as file:
            file.write(data[start:start + 1000])
        seen += tail.read()
    assert [e.seq for e in seen] == [json.loads(line)["seq"] for line in data.splitlines()]


def test_the_program_s_times_are_counted_from_its_start(tmp_path):
    model, _ = drawn(made.report("one", tmp_path))
    started = next(row for row in model.events if row[4] == "started")
    assert started[1] == 0 and all(row[1] < 0 for row in model.events if row[4] == "published")


def test_what_goes_round_is_drawn_a_few_times_and_counted(tmp_path):
    report = runs.round_and_round(tmp_path, rounds=1500).report()
    model, svg = drawn(report)
    kinds = [row[4] for row in model.story(10)]
    assert kinds.count("redelivered") == ROUNDS and kinds.count("rejected") == ROUNDS
    assert model.folded[10] == 3 * 1500 - (1 + 3 * ROUNDS)
    assert f"order 11: {model.folded[10]:,} more of these" in svg and len(svg) < 30_000


def test_a_broker_s_death_belongs_to_every_order_that_it_held(tmp_path):
    report = runs.broker_killed(tmp_path).report()
    model, svg = drawn(report)
    assert [lane["label"] for lane in model.shown_lanes()] == ["producer", "broker", "consumer", "consumer-2", "shop"]
    assert "The broker was killed; back 2.10 seconds later." in describe(report, model)
    held = {order for order, row in model.more if model.events[row][4] == "killed"}
    assert held == set(range(7, 24))


def test_two_groups_each_have_a_copy_and_neither_came_again():
    made_run = runs.Made(1)
    made_run.fill()
    for role, group in (("consumer", "charging"), ("audit", "audit")):
        made_run.start(role)
        made_run.record("tap", role, "subscribed", group=group)
        made_run.deliver(made_run.ids[0], role=role)
    model = Model()
    model.feed(made_run.journal.events)
    assert model.orders[0]["again"] == 0
    made_run.deliver(made_run.ids[0], role="audit")
    model = Model()
    model.feed(made_run.journal.events)
    assert model.orders[0]["again"] == 1


@pytest.mark.parametrize("make", [runs.dense, runs.broker_killed, runs.round_and_round], ids=lambda f: f.__name__)
def test_every_picture_is_well_formed_and_small_enough_to_keep(make, tmp_path):
    report = make(tmp_path).report()
    text = figure.of(report, source.model_of(report))
    Tags(text)
    assert len(text) < 300_000
    assert "NaN" not in text and "inf" not in text


def test_a_run_too_large_to_keep_shows_the_troubled_orders(tmp_path):
    report = runs.dense(tmp_path, orders=1200, prefetch=380).report()
    model = source.model_of(report)
    text = figure.of(report, model)
    assert len(text) < figure.BIGGEST + 3000 and text.count('class="cross"') == len(report.orders.lost) > 0


def test_three_thousand_events_are_laid_out_at_once(tmp_path):
    report = runs.dense(tmp_path, orders=450, prefetch=100).report()
    events = source.events_of(report)
    assert len(events) > 2800
    best = 1.0
    for _ in range(3):
        began = time.perf_counter()
        model = Model()
        model.feed(events)
        model.finish(report)
        Drawing(model, report).svg()
        best = min(best, time.perf_counter() - began)
    print(f"{len(events)} events laid out and drawn in {best * 1000:.0f} ms")
    assert best < 0.5


def test_two_runs_stand_on_one_axis(tmp_path):
    wrong, right = made.report("one", tmp_path / "a"), made.report("pass", tmp_path / "b")
    both = compare(wrong, right)
    assert isinstance(both, Comparison)
    first, second = both.models
    assert first.steps is second.steps
    # A moment stands at the same place in both.
    rows = sorted((row[1], row[0]) for model in both.models for row in model.events if row[4] not in ("confirmed", "accepted"))
    assert [x for _, x in rows] == sorted(x for _, x in rows)
    text = both.html()
    Tags(text)
    assert text.count('class="mqw-picture') == 2 and "Lost: order 7." in text and "Charged more than once: order 7." in text
    assert both.facts().splitlines()[0].endswith("1 lost, 0 charged twice")


def test_runs_without_events_cannot_be_compared(tmp_path):
    with pytest.raises(ValueError, match="not kept"):
        compare(made.report("one"), made.report("pass", tmp_path))


def test_what_comes_from_a_program_is_no_markup(tmp_path):
    made_run = runs.Made(2, tmp_path)
    made_run.fill()
    evil = "<script>alert(1)</script>"
    made_run.record("runner", f"consumer{evil}", "started")
    made_run.record("tap", f"consumer{evil}", "delivered", made_run.ids[0], frame=evil, pos={"entry": evil})
    made_run.record("shop", f"consumer{evil}", "charge_failed", made_run.ids[0], status=evil, frame=evil)
    made_run.record("runner", f"consumer{evil}", "killed", signal=evil)
    report = made_run.report()
    report.scenario_title = evil
    assert "<script" not in figure.of(report, source.model_of(report))


def test_the_order_that_the_finding_names_is_told_first(tmp_path):
    report = made.report("lost", tmp_path)
    report.findings[0].orders = [report.orders.lost[5]]
    model = source.model_of(report)
    assert model.orders[strip.chosen(model, report)]["n"] == 13


@pytest.mark.parametrize(("numbers", "said"), [([1, 2, 3, 7], "1–3, 7"), ([4], "4"), ([4, 5], "4, 5"), ([], "")])
def test_ranges(numbers, said):
    assert ranges(numbers) == said


@pytest.mark.parametrize(("wanted", "tested", "so"), [(None, None, False), ("0", None, False), ("1", None, True), ("1", "a test", False)])
def test_a_widget_is_shown_only_where_a_page_was_promised(monkeypatch, wanted, tested, so):
    from helpers.notebook.timeline import widget

    for name, value in ((widget.WANTED, wanted), ("PYTEST_CURRENT_TEST", tested)):
        monkeypatch.delenv(name, raising=False)
        if value:
            monkeypatch.setenv(name, value)
    assert widget.available() is so


def test_a_page_that_asks_again_gets_all_and_then_only_news(tmp_path):
    from helpers.notebook.timeline.widget import Timeline

    report = runs.broker_killed(tmp_path).report()
    events = source.events_of(report)
    timeline, sent = Timeline(), []
    timeline.send = lambda message: sent.append(json.loads(json.dumps(message)))
    timeline.feed(events[:90])
    timeline._hear(timeline, {"type": "sync"}, [])
    timeline.feed(events[90:])
    timeline.show([source.model_of(report)], [report], "<p>card</p>")
    assert [m["type"] for m in sent] == ["news", "all", "news", "all"]
    rows = len(sent[1]["runs"][0]["events"])
    assert sent[2]["run"]["from"]["events"] == rows and sent[2]["run"]["events"]
    assert sent[3]["html"] == "<p>card</p>"
    timeline._hear(timeline, {"type": "export"}, [])
    assert sent[-1]["type"] == "page" and sent[-1]["html"].startswith("<!doctype html>")


def test_the_exported_page_names_no_folder_of_this_machine(tmp_path):
    from helpers import paths
    from helpers.notebook.timeline import export

    report = made.report("lost", tmp_path)
    report.programs[0].output_tail = f'File "{paths.ROOT}/work/labs/x.py", line 3\n</script><script>alert(1)</script>'
    report.save(tmp_path / "report.json")
    target = export.write(str(tmp_path), tmp_path / "page.html")
    text = target.read_text()
    assert str(paths.ROOT) not in text and "<script>alert" not in text and "Read more" not in text
    assert text.count("<script") == 3


def test_a_run_that_is_not_there_is_said(capsys):
    from helpers.cli import main

    assert main(["export", "no-such-run"]) == 2
    assert "no run 'no-such-run'" in capsys.readouterr().err


def test_what_the_bench_itself_took_out_is_no_line_to_the_producer():
    """Lab 09: entries that wait for a consumer which is gone. The program claims them."""
    made_run = runs.Made(2)
    made_run.fill()
    made_run.deliver(made_run.ids[0], role="bench")
    made_run.start()
    made_run.deliver(made_run.ids[0], again=True)
    model = Model()
    model.feed(made_run.journal.events)
    producer = model.shown_lanes()[0]["id"]
    assert [line[4] for line in model.lines if line[0] == 0].count(producer) == 0
    assert "to a consumer that is gone" in [row for row in model.story(0) if row[4] == "delivered"][0][6]
    assert model.orders[0]["again"] == 1


def test_a_charge_that_nobody_ordered_has_no_number(tmp_path):
    made_run = runs.Made(3, tmp_path)
    made_run.fill()
    made_run.start()
    made_run.charge("ord-invented00")
    report = made_run.report()
    report.orders.unexpected = ["ord-invented00"]
    _, svg = drawn(report)
    assert "an order that nobody placed, ord-invented00: charged" in svg and ">?</text>" in svg and "order 4" not in svg


def test_what_never_reached_the_broker_ends_half_way():
    """Fault BeforePublish: the frame is written down, and swallowed."""
    made_run = runs.Made(2)
    for order in made_run.ids:
        published = made_run.record("tap", "producer", "published", order)
    model = Model()
    model.feed(made_run.journal.events)
    model.news()
    model.feed([made_run.record("runner", "bench", "fault", spec="Reset(producer, BeforePublish(2))", swallowed=[published.seq])])
    first, second = model.lines
    assert first[4] == 1 and second[4] == 0.5
    news = model.news()
    assert news["from"]["lines"] == 1 and news["lines"] == [second] and news["dropped"] == [1]


def test_a_promise_before_the_publish_is_lost_at_the_producer(tmp_path):
    made_run = runs.Made(2, tmp_path)
    made_run.record("runner", "producer", "started")
    for order in made_run.ids:
        made_run.record("shop", "producer", "accepted", order, frame="POST /accepted")
    report = made_run.report()
    model, svg = drawn(report)
    assert [int(lane) for _, _, lane in model.crosses] == [0, 0] and [x for _, x, _ in model.crosses] == [r[0] for r in model.events[1:]]
    assert svg.count('class="kept"') == 2 and "orders 1, 2 lost" in svg


def test_a_copy_that_was_put_back_has_not_come_again():
    made_run = runs.Made(1)
    made_run.fill()
    made_run.start()
    made_run.deliver(made_run.ids[0])
    made_run.record("tap", "consumer", "published", made_run.ids[0])
    made_run.ack(made_run.ids[0])
    made_run.deliver(made_run.ids[0])
    model = Model()
    model.feed(made_run.journal.events)
    assert model.orders[0]["again"] == 0


def test_a_picture_without_its_card_is_kept_in_three_forms(tmp_path):
    import xml.etree.ElementTree as tree

    from helpers.notebook import picture

    made.report("lost", tmp_path).save(tmp_path / "report.json")
    bundle = picture(tmp_path)._repr_mimebundle_()
    assert set(bundle) == {"text/html", "image/svg+xml", "text/plain"}
    drawing = tree.fromstring(bundle["image/svg+xml"])
    assert drawing.get("width") == "960" and int(drawing.get("height")) > 300
    assert "Lost: orders 8–24." in bundle["text/plain"] and "prefers-color-scheme" in bundle["image/svg+xml"]
    assert sum(map(len, bundle.values())) <= 300_000


def test_two_dense_runs_are_small_enough_to_keep(tmp_path):
    both = compare(runs.dense(tmp_path / "a").report(), runs.dense(tmp_path / "b", prefetch=60).report())
    assert sum(map(len, both.still().values())) <= 300_000


def test_what_was_not_kept_cannot_be_drawn():
    from helpers.notebook import picture

    with pytest.raises(ValueError, match="nothing to draw"):
        picture(made.report("lost"))


def test_a_producer_that_publishes_again_and_again_is_drawn(tmp_path):
    made_run = runs.Made(2, tmp_path)
    made_run.record("runner", "producer", "started")
    for _ in range(40):
        made_run.record("tap", "producer", "published", made_run.ids[0])
        made_run.record("tap", "producer", "confirmed", made_run.ids[0])
    made_run.record("shop", "producer", "accepted", made_run.ids[0])
    _, svg = drawn(made_run.report())
    assert "order 1: 72 more of these" in svg


def test_a_picture_that_fails_takes_no_verdict_with_it(tmp_path, monkeypatch):
    from helpers.notebook import card
    from helpers.notebook.timeline import widget

    report = made.report("lost", tmp_path)
    monkeypatch.setenv(widget.WANTED, "1")
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    monkeypatch.setattr(Model, "finish", lambda self, report: 1 / 0)
    assert widget.view(report, "") == {}
    text = card.html(report)
    assert "17 of 24 orders lost" in text and "could not be drawn: ZeroDivisionError" in text


@pytest.mark.parametrize("kind", ["lost", "one", "pass"])
def test_a_card_s_picture_is_drawn(kind, tmp_path):
    from helpers.notebook import card

    assert "could not be drawn" not in card.html(made.report(kind, tmp_path))


def test_what_is_left_in_the_queue_is_marked(tmp_path):
    report = runs.round_and_round(tmp_path, rounds=3).report()
    model, svg = drawn(report)
    assert [o["n"] for o in model.orders if o["left"]] == [11] and 'class="cell left"' in svg
    assert "order 11: delivered more than once, left in the queue" in svg


def test_what_proves_a_finding_is_told_with_its_order(tmp_path):
    made_run = runs.Made(2, tmp_path)
    made_run.fill()
    made_run.start()
    made_run.deliver(made_run.ids[0])
    made_run.charge(made_run.ids[0])
    made_run.ack(made_run.ids[0])
    closed = made_run.record("tap", "consumer", "closed", frame="Channel.Close", scope="channel", by="broker", code=406,
                             text="PRECONDITION_FAILED - unknown delivery tag 1")
    report = made_run.report()
    report.findings = made.report("lost").findings
    report.findings[0].orders, report.findings[0].events = [made_run.ids[0]], [closed.seq]
    model, svg = drawn(report)
    assert [row[4] for row in model.story(0)][-1] == "closed" and "PRECONDITION_FAILED" in model.story(0)[-1][6]
    assert "The consumer was cut off by the broker." in svg
