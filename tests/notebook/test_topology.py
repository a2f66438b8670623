"""What stands in a broker is told as the broker tells it, and drawn with its text."""

import json
import re
import xml.dom.minidom as xml

import pika
import pytest
import redis

from helpers import paths
from helpers.bench import topology as kept
from helpers.bench.lab import load
from helpers.bench.report import Report
from helpers.bench.topology import edge, node
from helpers.brokers.redis import Private
from helpers.notebook import topologies
from helpers.notebook.results import NoResult
from helpers.notebook.topology_svg import Drawing, lines

MADE = {
    "broker": "rabbitmq", "place": "virtual host made",
    "nodes": [node("exchange", "shop", None, "topic, durable"), node("queue", "<orders>", 17, "quorum, durable", "17 ready"),
              node("queue", "dead", 0, "0 ready")],
    "edges": [edge("exchange:shop", "queue:<orders>", "binding", "order.*"),
              edge("queue:dead", "exchange:gone", "dead-letters"),
              edge("queue:<orders>", "queue:dead", "dead-letters"), edge("queue:dead", "queue:dead", "dead-letters")],
}


def test_the_drawing_is_xml_with_every_name_and_says_it_all_in_words():
    drawing = Drawing(MADE)
    svg = drawing.svg()
    root = xml.parseString(svg).documentElement
    assert root.getAttribute("role") == "img"
    said = root.getAttribute("aria-label")
    assert "queue <orders>: quorum, durable, 17 ready, dead letters to queue dead" in said and "by order.*" in said
    texts = [t.firstChild.data for t in root.getElementsByTagName("text") if t.firstChild]
    assert {"shop", "<orders>", "dead", "17", "order.*"} <= set(texts)
    assert "nan" not in svg and "prefers-color-scheme:dark" in svg


def test_boxes_do_not_lie_on_one_another():
    many = {"broker": "kafka", "place": "", "nodes": [node("topic", f"t{k}", k, *["says"] * (k % 4)) for k in range(9)]
            + [node("group", f"g{k}", 0, "stable") for k in range(3)],
            "edges": [edge(f"topic:t{k}", f"group:g{k % 3}", "reads", f"lag {k}") for k in range(9)]}
    drawing = Drawing(many)
    for column in (drawing.left, drawing.right):
        places = sorted((drawing.y[n["id"]], drawing._tall(n)) for n in column)
        assert all(y + tall < below for (y, tall), (below, _) in zip(places, places[1:], strict=False))
        assert places[-1][0] + places[-1][1] <= drawing.height


def test_nothing_is_drawn_as_nothing():
    empty = {"broker": "redis", "place": "keys", "nodes": [], "edges": []}
    assert "nothing stands here" in Drawing(empty).svg()
    assert "nothing stands here" in topologies.Shown(empty, "now")._repr_mimebundle_()["text/plain"]


def test_what_a_run_kept_is_shown_in_its_card_and_by_its_lab(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "RUNS", tmp_path)
    lab = load("07")
    folder = tmp_path / lab.name / "2026-01-01T00-00-00"
    (folder / "1-one").mkdir(parents=True)
    report = Report(lab.name, lab.title, 1, "at-least-once", {}, "fail", "", scenario="one", scenario_title="one",
                    run_dir=str(folder))
    report.save(folder / "report.json")
    assert topologies.fold(report) == ""
    with pytest.raises(NoResult, match="check it first"):
        topologies.topology("07")
    (folder / "1-one" / kept.FILE).write_text("{")
    assert topologies.fold(report) == "", "a file that was cut short is passed over"
    kept.keep(folder / "1-one", MADE)
    folded = topologies.fold(report)
    assert "The broker at the end of the run" in folded and "<svg" in folded
    kept.keep(folder / "1-one", {**MADE, "nodes": [node("queue", "<orders>", 0, "0 ready")], "edges": []})
    assert "<svg" not in topologies.fold(report) and "queue &lt;orders&gt;: 0 ready" in topologies.fold(report)
    assert topologies.topology("07").when == "at the end of the run: one"


def test_reading_that_fails_costs_the_run_nothing():
    def fails():
        raise RuntimeError("gone")

    assert kept.quietly(fails) is None


@pytest.mark.broker
def test_rabbitmq_tells_exchanges_bindings_depths_and_dead_letters(rabbitmq):
    from helpers.brokers import rabbitmq as broker

    admin = broker.Admin(rabbitmq)
    host = "workbook-test-topology"
    admin.delete_vhost(host)
    admin.create_vhost(host)
    connection = pika.BlockingConnection(pika.URLParameters(rabbitmq.url(vhost=host)))
    try:
        channel = connection.channel()
        channel.exchange_declare("shop", "topic", durable=True, arguments={"alternate-exchange": "lost-and-found"})
        channel.exchange_declare("lost-and-found", "fanout")
        channel.queue_declare("dead", durable=True)
        arguments = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead", "x-max-length": 100}
        channel.queue_declare("orders", durable=True, arguments=arguments)
        channel.queue_declare("mine", exclusive=True)
        channel.queue_bind("orders", "shop", "order.*")
        channel.confirm_delivery()
        for _ in range(3):
            channel.basic_publish("shop", "order.eu", b"{}", mandatory=True)
        shown = topologies.topology("rabbitmq", vhost=host)
        told = shown.facts().splitlines()
        assert "queue orders: classic, durable, 3 ready, max-length=100, dead letters to queue dead" in told
        assert "exchange shop: topic, durable, to queue orders by order.*, unroutable to exchange lost-and-found" in told
        assert any(line.startswith("queue mine: classic, transient, exclusive") for line in told)
        xml.parseString(Drawing(shown.data).svg())
    finally:
        connection.close()
        admin.delete_vhost(host)
        admin.close()


@pytest.mark.broker
def test_redis_tells_streams_groups_and_pending(tmp_path):
    with Private(tmp_path) as server:
        r = redis.Redis(port=server.port, protocol=2)
        for n in range(5):
            r.xadd("orders", {"n": n})
        r.xgroup_create("orders", "billing", "0")
        r.xreadgroup("billing", "worker-1", {"orders": ">"}, count=2)
        r.rpush("missed", "a")
        r.set("other", "1")
        listener = r.pubsub()
        listener.psubscribe("shop.*")
        listener.get_message(timeout=2)
        shown = topologies.topology("redis", url=server.url)
        told = shown.facts().splitlines()
        assert "stream orders: 5 entries, read by group billing (3 to come)" in told
        assert "group billing: 2 pending, 3 not delivered yet, worker-1: 2 pending" in told
        assert "list missed: list" in told and any("1 pattern subscribed" in line for line in told)
        assert "1 other key not drawn" in shown.data["place"]
        r.close()


@pytest.mark.broker
def test_kafka_tells_partitions_offsets_and_lag(brokers_up):
    import random

    from helpers.bench.kafka_link import Link

    server = brokers_up["kafka"]
    topic = f"topology-test-{random.randrange(1 << 40):x}"
    with Link(server.host, server.port) as link:
        link.create_topic(topic, 2)
        try:
            from helpers.notebook.parts import wait_until

            assert wait_until(lambda: link.leads(topic, 2))
            for n in range(4):
                link.send(topic, n % 2, None, b"{}")
            told = topologies.topology("kafka", prefix=topic).facts()
            assert told == f"topic {topic}: 2 partitions, 0: 0 to 2 · 1: 0 to 2"
        finally:
            link.delete_topics([topic])


@pytest.mark.broker
@pytest.mark.slow
def test_a_check_keeps_it(brokers_up, tmp_path):
    import subprocess
    import sys

    lab = load("07")
    done = subprocess.run([sys.executable, "-m", "helpers", "check", "07", str(lab.folder / "consumer.py"), "--json"],
                          cwd=paths.ROOT, capture_output=True, text=True)
    report = Report.from_dict(json.loads(done.stdout))
    found = topologies.of(report)
    assert found is not None and re.match(r"queue orders-\w{4}: quorum, durable, \d+ ready", lines(found)[0])
