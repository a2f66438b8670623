"""`python -m helpers try`: declarations, and programs that never heard of the workbook (examples/), each with the verdict that its
documentation promises (docs/try.md)."""

import asyncio
import json
import random
import re
import sqlite3
import subprocess
import sys
import time

import pytest
from story import Story

from helpers import paths
from helpers.bench.door import Door
from helpers.bench.evidence import Proof
from helpers.bench.kafka_link import Link
from helpers.bench.ledger import settle
from helpers.bench.own import declaration, judging, template
from helpers.bench.own.declaration import BadDeclaration, Misfit
from helpers.bench.own.effects import Watcher
from helpers.bench.own.lab import lab
from helpers.bench.own.stage_kafka import KafkaStage
from helpers.bench.report import Report
from helpers.bench.rules.rabbitmq_consumer import lost_order, never_ack
from helpers.bench.shopserver import Shop
from helpers.wire.events import Journal

EXAMPLES = paths.ROOT / "examples"
PAGE = paths.ROOT / "docs" / "try.md"


# --- the declaration

@pytest.mark.parametrize(("text", "told"), [
    ("", "name the `queue` (RabbitMQ), `topic` (Kafka), `stream` or `list` (Redis)"),
    ('queue = "a"\ntopic = "b"\nrun = "python"', "keep the one that the program works on"),
    ('queue = "a"\nbroker = "kafka"\nrun = "python"', "a queue is a thing of rabbitmq"),
    ('queue = "a"', "add the command that starts your program"),
    ('queue = "a"\nrun = ""', "add the command that starts your program"),
    ('queue = "a"\nrun = "python x.py | tee log"', "no shell is used: write what is to happen into a script"),
    ('queue = "a"\nrun = "python \'x"', "No closing quotation"),
    ('queue = "a"\nrun = "python {nope}"', "nothing is called {nope} in run; there are: {url}"),
    ('queue = "a"\nrun = "python {topic}"', "it is declared for a queue: write {queue}"),
    ('queue = "a"\nrun = "python"\neffekt = "http"', "nothing is called 'effekt'; there are:"),
    ('queue = "a"\nrun = "python"\neffect = "mail"', 'it can be "http", "http:/PATH", "file:PATH", "sqlite:PATH:TABLE"'),
    ('queue = "a"\nrun = "python"\neffect = "exit"', 'it can be "http", "http:/PATH", "file:PATH", "sqlite:PATH:TABLE"'),
    ('queue = "a"\nrun = "python"\neffect = "file:{shop}/x"', "only {state} is replaced"),
    ('queue = "a"\nrun = "python"\norders = 3', "a number from 12 to 200"),
    ('queue = "a"\nrun = 3', "run must be a text"),
    ('queue = "a"\nrun = "python"\nrole = "boss"', "it can be consumer, producer"),
    ('queue = "a"\nrun = "python"\ndeclared_by = "enqueue"', "there is no `enqueue`"),
    ('queue = "a"\nrun = "python"\nrole = "producer"\nenqueue = "python"', "a producer sends by itself"),
    ('queue = "a"\nrun = "python"\nenv = 3', "[env] must be names with texts"),
    ("queue = ", "is not TOML"),
])
def test_a_declaration_that_cannot_be_used_is_answered_with_what_to_write(tmp_path, text, told):
    file = tmp_path / "bad.toml"
    file.write_text(text)
    with pytest.raises(BadDeclaration) as caught:
        declaration.read(file, {})
    assert told in str(caught.value) and str(file) in str(caught.value) + str(file) * ("quotation" in told)


def test_options_take_the_place_of_what_the_file_says(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('queue = "a"\nrun = "python x.py"\nid = "order"\n[env]\nA = "1"\nB = "2"\n')
    own = declaration.read(file, {"topic": "b", "orders": 12, "env": {"B": "{url}"}})
    assert (own.broker, own.kind, own.place, own.orders, own.id) == ("kafka", "topic", "b", 12, "order")
    assert own.env == {"A": "1", "B": "{url}"} and own.name == "mine" and own.folder == tmp_path


def test_a_command_is_split_and_filled_word_by_word(tmp_path):
    own = declaration.read(None, {"queue": "", "run": f"{sys.executable} -c 'a b' --at={{url}} {{queue}} {{x}}".replace(" {x}", ""),
                                  "env": {"SHOP": "{shop}/pay"}})
    given = {"PLACE_URL": "amqp://guest:guest@127.0.0.1:5/v; rm -rf x", "PLACE": "q 1", "SHOP_URL": "http://s", "STATE_DIR": "/s"}
    made, env = template.command(own, own.run, "run").placed(given)
    assert made.argv[1:] == ["-c", "a b", "--at=amqp://guest:guest@127.0.0.1:5/v; rm -rf x", "q 1"]
    assert env["SHOP"] == "http://s/pay"


def test_a_command_that_is_not_there_is_told():
    own = declaration.read(None, {"queue": "a", "run": "no-such-command x"})
    with pytest.raises(BadDeclaration, match="no such command: no-such-command"):
        template.command(own, own.run, "run")


def test_what_can_be_seen_of_a_program_decides_which_faults_it_meets():
    def names(**said):
        return [s.name for s in lab(declaration.read(None, {"run": "python", **said})).scenarios]

    assert "killed-at-work" in names(queue="a") and "unavailable" in names(queue="a")
    assert "killed-after-ack" in names(queue="a", effect="file:x") and "unavailable" not in names(queue="a", effect="file:x")
    assert "confirm-lost" in names(queue="a", role="producer")


# --- effects that nobody tells the bench about

def _watcher(folder, effect, seen):
    own = declaration.read(None, {"queue": "a", "run": "python", "effect": effect})
    return Watcher(own, str(folder), seen.append)


def test_a_line_counts_when_it_is_whole_and_what_stood_there_before_does_not(tmp_path):
    file, seen = tmp_path / "done.txt", []
    file.write_text("ord-2222222222\n")
    watcher = _watcher(tmp_path, "file:{state}/done.txt", seen)
    with file.open("a") as out:
        out.write("x ord-3333333333 y\nord-44444")
    watcher.look()
    assert seen == ["ord-3333333333"]
    with file.open("a") as out:
        out.write("44444\nno order\nord-5555555555")
    watcher.look()
    assert seen[1:] == ["ord-4444444444"]
    watcher.last_look()
    assert seen[2:] == ["ord-5555555555"] and not watcher.trouble


class _Rules:
    """A shop in which nothing is amiss."""

    def fate(self, order):
        return 200, 0.0

    async def charging(self, role, order):
        return False

    charged = charging


def _answers(*requests, below="/pay"):
    """The shop's statuses, and the orders charged."""
    journal = Journal()
    shop = Shop(journal, [{"id": "ord-2222222222"}, {"id": "ord-3333333333"}], _Rules())
    shop.any_path, shop.counts_below = "charges", below
    door = Door(shop.answer, "consumer")

    async def ask():
        return [(await shop.answer(door, (method, path, {}, body), lambda: True))[0] for method, path, body in requests]

    return asyncio.run(ask()), [e.order for e in journal.events if e.kind == "charged"]


def test_a_call_counts_by_its_path_and_the_ids_in_it():
    assert _answers(("POST", "/audit", b"ord-2222222222"), ("PUT", "/pay/ord-2222222222", b"{}")) == ([200, 200], ["ord-2222222222"])
    assert _answers(("POST", "/pay", b"[ord-2222222222, ord-3333333333, ord-2222222222]")) == (
        [200], ["ord-2222222222", "ord-3333333333"])
    assert _answers(("POST", "/pay", b"nothing")) == ([400], [])
    assert _answers(("POST", "/pay", b"ord-2222222222"), below=None) == ([200], [])


def test_a_service_that_is_asked_tells_what_is_done():
    one = "/pay/ord-2222222222"
    assert _answers(("GET", one, b""), ("POST", one, b""), ("GET", one, b""), ("GET", "/health", b""))[0] == [404, 200, 200, 200]


def test_a_row_counts_when_it_is_committed(tmp_path):
    file, seen = tmp_path / "done.db", []
    watcher = _watcher(tmp_path, f"sqlite:{file}:done", seen)
    watcher.look()
    with sqlite3.connect(file) as db:
        db.execute("CREATE TABLE done (n INTEGER, id TEXT)")
    watcher.look()
    db.execute("INSERT INTO done VALUES (1, 'ord-2222222222'), (2, 'ord-2222222222')")
    watcher.look()
    assert seen == []
    db.commit()
    watcher.look()
    watcher.look()
    assert seen == ["ord-2222222222"] * 2
    db.execute("DELETE FROM done")
    db.commit()
    watcher.last_look()
    db.close()
    watcher.close()
    assert len(seen) == 2 and not watcher.trouble


def test_a_table_that_cannot_be_read_is_trouble(tmp_path):
    (tmp_path / "done.db").write_text("no database at all, and long enough for a header " * 9)
    with pytest.raises(sqlite3.DatabaseError):
        _watcher(tmp_path, f"sqlite:{tmp_path}/done.db:done", [])


# --- what must not be held against a program that is known by its declaration alone

OWN = declaration.read(None, {"queue": "orders", "run": "python"})


def _ledger(story):
    return settle(story.journal.events, story.orders, ("consumer",), may_put_aside=True)


def test_an_order_put_aside_after_a_failure_is_no_loss():
    s = Story("a", "b")
    s.delivered("a", 1), s.charged("a"), s.acked("a", 1)
    s.delivered("b", 2), s.failed("b"), s.rejected("b", 2, requeue=False), s.queued("b", "dead")
    found = _ledger(s).orders
    assert (found.lost, found.left_over, found.dead_lettered) == ([], [], ["b"])


def test_an_order_that_failed_and_is_nowhere_is_lost():
    s = Story("a")
    s.delivered("a", 1), s.failed("a"), s.acked("a", 1)
    assert _ledger(s).orders.lost == ["a"]


def test_an_order_put_aside_untried_may_still_come():
    s = Story("a", "b")
    s.delivered("a", 1), s.charged("a"), s.acked("a", 1)
    s.delivered("b", 2), s.acked("b", 2), s.queued("b", "later")
    assert _ledger(s).orders.left_over == ["b"]
    assert judging.held(_ledger(s), OWN) == "Put aside in later"


def test_an_order_that_simply_stands_there_is_in_nobodys_hands():
    s = Story("a", "b")
    s.delivered("a", 1), s.charged("a"), s.acked("a", 1), s.queued("b")
    assert judging.held(_ledger(s), OWN) == ""


def test_large_batches_are_a_remark_and_a_full_prefetch_is_a_cause():
    s = Story("a", "b")
    s.delivered("a", 1), s.charged("a"), s.delivered("b", 2), s.charged("b"), s.queued("a"), s.queued("b")
    proof = never_ack(s.evidence)
    assert judging.temper(proof, s.evidence, OWN).remark
    assert judging.held(_ledger(s), OWN) == "They are done, and have not been let go of"
    s = Story("a", "b")
    s.delivered("a", 1), s.charged("a"), s.queued("a"), s.queued("b")
    assert not judging.temper(never_ack(s.evidence), s.evidence, OWN).remark


def test_whoever_looks_after_pending_entries_is_not_said_to_forget_them():
    s = Story("a")
    proof = Proof("pending-never-reread", ["a"], [])
    assert judging.temper(proof, s.evidence, OWN) is proof
    s.add("tap", "consumer", "polled", frame="XAUTOCLAIM", command="XAUTOCLAIM", queue="s")
    assert judging.temper(proof, s.evidence, OWN) is None


def test_a_crash_that_the_living_acknowledge_has_a_name_of_its_own():
    s = Story("a", "b")
    s.delivered("a", 1), s.failed("a", status=None), s.acked("a", 1)
    s.delivered("b", 2), s.charged("b"), s.acked("b", 2)
    assert lost_order(s.evidence).name == "ack-after-crash"


def test_an_effect_of_another_run_makes_the_evidence_incomplete():
    s = Story("a")
    s.delivered("a", 1), s.charged("a"), s.acked("a", 1), s.charged("ord-2222222222")
    assert "is no order of this run" in next(judging.doubts(s.ledger, OWN))


def test_where_no_effect_is_seen_at_all_the_declaration_may_be_wrong():
    s = Story("a", "b")
    s.delivered("a", 1), s.acked("a", 1), s.delivered("b", 2), s.acked("b", 2)
    assert "not one effect was seen" in next(judging.doubts(_ledger(s), OWN))
    s.failed("b")
    assert not list(judging.doubts(_ledger(s), OWN))


# --- names that belong to the whole broker

@pytest.fixture
def stage(kafka):
    def make():
        return KafkaStage(lab(declaration.read(None, {"topic": "test-try", "run": "python"})), kafka, random.Random(1))

    yield make
    with Link(kafka.host, kafka.port) as link:
        link.delete_topics(["test-try"])


@pytest.mark.broker
def test_a_topic_that_a_dying_client_has_made_again_is_made_anew(stage, kafka):
    first = stage()
    first.open()
    first.close()
    with Link(kafka.host, kafka.port) as link:
        link.create_topic("test-try", 1)
        second = stage()
        second.open()
        assert link.topics(["test-try"]) == {"test-try": 3}
        second.close()


@pytest.mark.broker
def test_a_topic_of_somebody_elses_is_left_alone(stage, kafka, monkeypatch):
    monkeypatch.setattr(KafkaStage, "_ours", set())
    with Link(kafka.host, kafka.port) as link:
        link.create_topic("test-try", 1)
        with pytest.raises(Misfit, match="has a topic 'test-try' already"):
            stage().open()
        assert link.topics(["test-try"]) == {"test-try": 1}


# --- the examples

def attempt(*words):
    """The report of `python -m helpers try`."""
    done = subprocess.run([sys.executable, "-m", "helpers", "try", *map(str, words), "--json"], text=True, capture_output=True,
                          timeout=300, cwd=paths.ROOT)
    assert done.stdout, done.stderr
    report = Report.from_dict(json.loads(done.stdout))
    assert done.returncode == report.exit_code, done.stderr
    return report


def _verdict(file, scenario):
    report = attempt(EXAMPLES / f"{file}.toml", "--scenario", scenario, "--orders", "12", "--patience", "9")
    return report.verdict, report.cause.name if report.cause else None, len(report.orders.lost), report.reason


@pytest.mark.lab
@pytest.mark.broker
@pytest.mark.slow
@pytest.mark.parametrize(("file", "scenario", "verdict", "cause"), [
    ("celery/default", "killed-at-work", "fail", "ack-before-work"),
    ("celery/late", "killed-at-work", "pass", None),
    ("celery/late", "worker-killed", "fail", "ack-after-crash"),
    ("celery/safe", "worker-killed", "pass", None),
    ("faststream/default", "unavailable", "fail", "dlx-missing"),
    ("faststream/nack", "unavailable", "pass", None),
    ("kafka/auto_commit", "killed-at-work", "fail", None),
    ("kafka/store_offsets", "killed-at-work", "pass", None),
    ("kafka/poll", "killed-at-work", "pass", None),
    ("kafka/new_protocol", "killed-at-work", "pass", None),
    ("kafka/produce", "killed", "pass", None),
    pytest.param("node/ack", "killed-at-work", "pass", None, marks=pytest.mark.node),
    pytest.param("node/no_ack", "killed-at-work", "fail", "auto-ack", marks=pytest.mark.node),
    ("redis/blpop", "killed-before-ack", "fail", "list-pop-loses"),
    ("redis/lmove", "killed-before-ack", "pass", None),
])
def test_the_verdict_is_what_the_documentation_promises(brokers_up, file, scenario, verdict, cause):
    found, named, lost, reason = _verdict(file, scenario)
    assert found == verdict, reason
    assert lost == (1 if verdict == "fail" else 0)
    if file == "kafka/auto_commit":  # by whether anything was done before that commit
        assert named in ("commit-covers-unprocessed", "commit-before-work")
    else:
        assert named == cause


def test_the_page_shows_the_examples_as_they_are():
    page = PAGE.read_text()
    for shown in re.findall(r"<!-- (examples/\S+) -->\n\n```\w+\n(.*?)```", page, re.S):
        assert (paths.ROOT / shown[0]).read_text() == shown[1], shown[0]
    for file in EXAMPLES.glob("*/*.toml"):
        assert f"examples/{file.parent.name}/{file.name}" in page, file
