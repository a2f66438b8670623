"""Wishes: each mistake on a made set-up that it names, and the nearest right one on which it is silent."""

import json
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from helpers.bench import text
from helpers.bench.catalogue import CATALOGUE
from helpers.bench.exam import kafka_wishes as k
from helpers.bench.exam import outcome
from helpers.bench.exam import rabbitmq_wishes as r
from helpers.bench.exam import redis_wishes as d
from helpers.bench.exam.wish import Found, NotSeen, Wish, listed, record
from helpers.bench.lab import all_names, load
from helpers.bench.report import Report


@pytest.mark.parametrize(("pattern", "key", "fits"), [
    ("order.#", "order", True), ("order.#", "order.created.eu", True), ("order.#", "orders", False),
    ("order.*", "order", False), ("order.*", "order.created", True), ("order.*", "order.created.eu", False),
    ("order.created.*.express", "order.created.eu.express", True), ("order.created.*.express", "order.created.express", False),
    ("#.express", "order.created.express", True), ("#", "", True), ("*", "", True), ("a.#.z", "a.z", True), ("#.#", "a", True),
])
def test_topic_patterns(pattern, key, fits):
    assert r.matches(pattern, key) is fits


@pytest.fixture
def rabbit() -> r.Seen:
    """A right topology: BILLING takes created orders; nothing is lost."""
    seen = r.Seen({"EXCHANGE": "ex", "BILLING": "b", "DEAD": "dead"}, "eu")
    seen.exchanges = {"ex": {"type": "topic"}, "dlx": {"type": "fanout"}}
    seen.queues = {name: {"type": "quorum", "durable": True, "auto_delete": False, "exclusive": None, "arguments": {}}
                   for name in ("b", "dead")}
    seen.bindings = [bound("ex", "b", "order.created.#"), bound("dlx", "dead", "")]
    seen.queues["b"]["arguments"] = {"x-dead-letter-exchange": "dlx"}
    seen.landed = {"order.created.eu": ["BILLING"]}
    seen.returned = set()
    seen.dead = {"BILLING": True}
    seen.starts = [start(0), start(0)]
    return seen


def bound(source: str, queue: str, key: str) -> dict:
    return {"source": source, "destination": queue, "destination_type": "queue", "routing_key": key, "arguments": {}}


def start(status: int, refusals=(), output: str = "", number: int = 2) -> Any:
    program = SimpleNamespace(over_limit=None, output=output)
    return SimpleNamespace(number=number, status=status, failed=status != 0, refusals=list(refusals), program=program,
                           ready=False)


CREATED = r.Routed("order.created.{region}", ("BILLING",))


def change(seen: r.Seen, how: str) -> None:
    queue = seen.queues["b"]
    landed = seen.landed["order.created.eu"]
    if how == "classic":
        queue["type"] = "classic"
    elif how == "transient":
        queue["durable"] = False
    elif how == "no queue":
        del seen.queues["b"]
        landed.clear()
        seen.bindings.pop(0)
    elif how == "no exchange":
        del seen.exchanges["ex"]
    elif how == "not bound":
        seen.bindings.pop(0)
        landed.clear()
    elif how in ("order.*", "order.refunded.#"):
        seen.bindings[0] = bound("ex", "b", how)
        landed.clear()
    elif how == "direct":
        seen.exchanges["ex"] = {"type": "direct"}
        landed.clear()
    elif how == "too wide":
        landed.append("DEAD")
    elif how == "refused":
        seen.starts[0].refusals.append("406 PRECONDITION_FAILED - inequivalent arg 'x-max-length' for queue 'b' in vhost 'v'")
        seen.bindings.pop(0)
        landed.clear()


@pytest.mark.parametrize(("wish", "how", "mistake"), [
    (r.QueueLike("BILLING"), "classic", "wrong-queue-type"), (r.QueueLike("BILLING"), "transient", "non-durable-queue"),
    (r.QueueLike("BILLING"), "no queue", "queue-missing"), (CREATED, "no exchange", "exchange-missing"),
    (CREATED, "not bound", "binding-missing"), (CREATED, "order.*", "star-is-one-word"),
    (CREATED, "order.refunded.#", "wrong-binding-key"), (CREATED, "direct", "wrong-exchange-type"),
    (CREATED, "too wide", "binding-too-wide"), (CREATED, "refused", "redeclare-mismatch"),
])
def test_rabbitmq_names_it(rabbit, wish, how, mistake):
    assert wish.examine(rabbit) is None
    change(rabbit, how)
    found = wish.examine(rabbit)
    assert found.mistake == mistake and found.proof and found.finding().page == f"docs/mistakes.md#{mistake}"


def test_a_refusal_that_did_no_harm_is_no_mistake(rabbit):
    rabbit.starts[0].refusals.append("406 PRECONDITION_FAILED - inequivalent arg 'x-max-length' for queue 'b' in vhost 'v'")
    assert CREATED.examine(rabbit) is None and r.StartsTwice().examine(rabbit) is None


def test_dead_letters(rabbit):
    wish = r.DeadLettered("BILLING", "DEAD")
    assert wish.examine(rabbit) is None
    rabbit.dead["BILLING"] = False
    assert wish.examine(rabbit).mistake == "dlx-unbound"
    del rabbit.exchanges["dlx"]
    assert wish.examine(rabbit).mistake == "dlx-missing"
    rabbit.queues["b"]["arguments"] = {}
    assert wish.examine(rabbit).mistake == "dlx-missing"
    rabbit.queues["b"]["effective_policy_definition"] = {"dead-letter-exchange": ""}
    assert wish.examine(rabbit).mistake == "dlx-unbound"


def test_a_key_for_nobody(rabbit):
    wish = r.Returned("stock.low.{region}")
    rabbit.landed["stock.low.eu"] = []
    rabbit.returned = {"stock.low.eu"}
    assert wish.examine(rabbit) is None
    rabbit.returned, rabbit.landed["stock.low.eu"] = set(), ["BILLING"]
    assert wish.examine(rabbit).mistake == "binding-too-wide"
    rabbit.exchanges["ex"]["type"] = "fanout"
    assert wish.examine(rabbit).mistake == "wrong-exchange-type"


def test_starts(rabbit):
    wish = r.StartsTwice()
    assert wish.examine(rabbit) is None
    rabbit.starts = [start(1, ["406 PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'q'"], number=1)]
    assert wish.examine(rabbit).mistake == "redeclare-mismatch"
    rabbit.starts = [start(1, ["404 NOT_FOUND - no exchange 'x'"], number=1)]
    assert wish.examine(rabbit) is None  # an error of the program, told with its last words
    rabbit.starts = [start(0, number=1), start(1, output="it is there\n")]
    found = wish.examine(rabbit)
    assert found.mistake == "set-up-not-repeatable" and found.proof == ("your program: it is there",)


# ---------------------------------------------------------------- Kafka


@dataclass
class Log:
    """Records of ORDERS, made by hand."""

    seen: k.Seen = field(default_factory=lambda: k.Seen({"ORDERS": "o"}))

    def put(self, customer: str, n: int, partition: int, key: bytes | None) -> None:
        event = f"{customer}-{n}"
        self.seen.events[event] = (customer, n)
        self.seen.records.append(k.Record(partition, len(self.seen.records), key, event))


def topic(partitions: int = 6, **config: str) -> k.Topic:
    return k.Topic("id", partitions, {name.replace("_", "."): value for name, value in config.items()})


@pytest.fixture
def log() -> Log:
    made = Log()
    made.seen.last = {"ORDERS": topic()}
    return made


def murmur(key: bytes, n: int) -> int:
    return (k._murmur2(key) & 0x7FFFFFFF) % n


def test_murmur2_is_the_clients():
    from kafka.partitioner.default import murmur2

    for key in (b"", b"a", b"ab", b"abc", b"abcd", b"customer-4711", bytes(range(256))):
        assert k._murmur2(key) == murmur2(key) & 0xFFFFFFFF


@pytest.mark.parametrize(("keys", "partitions", "mistake"), [
    ((b"ada", b"ada"), (1, 1), None),
    ((None, None), (1, 2), "no-key"),
    ((b"ada/1", b"ada/2"), (1, 2), "wrong-key"),
    ((b"ada", b"ada"), (murmur(b"ada", 2), murmur(b"ada", 6)), "partitions-added"),
    ((b"ada",) * 6, tuple(range(6)), "key-ignored"),
])
def test_keys(log, keys, partitions, mistake):
    if mistake == "partitions-added" and partitions[0] == partitions[1]:
        pytest.skip("the key stays where it was")
    for n, (key, partition) in enumerate(zip(keys, partitions, strict=True)):
        log.put("ada", n, partition, key)
    found = k.KeyKeepsItsPartition().examine(log.seen)
    assert (found and found.mistake) == mistake


def test_a_key_that_hashes_apart_when_partitions_are_added():
    keys = [f"customer-{n}".encode() for n in range(100)]
    key = next(key for key in keys if murmur(key, 3) != murmur(key, 6))
    made = Log()
    made.seen.last = {"ORDERS": topic()}
    made.put("ada", 0, murmur(key, 3), key)
    made.put("ada", 1, murmur(key, 6), key)
    assert k.KeyKeepsItsPartition().examine(made.seen).mistake == "partitions-added"


def test_order_within_a_partition(log):
    for n in (0, 1, 0, 1, 2):  # sent twice: at least once
        log.put("ada", n, 3, b"ada")
    assert k.OrderPerKey().examine(log.seen) is None
    log.put("ada", 9, 3, b"ada")
    log.put("ada", 5, 3, b"ada")
    assert k.OrderPerKey().examine(log.seen).mistake == "out-of-order"


def test_spread(log):
    log.put("ada", 0, 3, b"x")
    log.put("ben", 1, 3, b"x")
    assert k.KeysSpread().examine(log.seen).mistake == "one-key-for-all"
    log.put("cleo", 2, 4, b"y")
    assert k.KeysSpread().examine(log.seen) is None


@pytest.mark.parametrize(("there", "mistake"), [
    ("259200000", None), ("259200", "wrong-unit"), ("3", "wrong-unit"), ("72", "wrong-unit"), ("4320", "wrong-unit"),
    ("604800000", "config-differs"), ("-1", "config-differs"),
])
def test_retention(log, there, mistake):
    log.seen.last = {"ORDERS": topic(retention_ms=there)}
    found = k.TopicLike("ORDERS", 6, (("retention.ms", "259200000"),)).examine(log.seen)
    assert (found and found.mistake) == mistake


def test_topics(log):
    assert k.TopicLike("ORDERS", 3).examine(log.seen).mistake == "partitions-differ"
    wish = k.TopicLike("ORDERS", 6, (("cleanup.policy", "compact"),))
    log.seen.last = {"ORDERS": topic(cleanup_policy="delete")}
    assert wish.examine(log.seen).mistake == "not-compacted"
    log.seen.last = {"ORDERS": None}
    assert wish.examine(log.seen).mistake == "topic-missing"
    with pytest.raises(NotSeen):
        k.KeysSpread().examine(k.Seen({"ORDERS": "o"}))


def test_a_topic_made_anew(log):
    log.seen.first = {"ORDERS": topic()}
    assert k.KeepsTopics().examine(log.seen) is None
    log.seen.last = {"ORDERS": k.Topic("another", 6, {})}
    assert k.KeepsTopics().examine(log.seen).mistake == "set-up-deletes"


# ---------------------------------------------------------------- Redis


@pytest.fixture
def redis() -> d.Seen:
    here = d.Group("STREAM", "BILLING", 5, "1-0")
    return d.Seen({"STREAM": "s-1", "BILLING": "b-1", "SHOP": "shop-1"}, backlog=40, survivors=40, announced=4, region="eu",
                  read={"BILLING": (40, 4)}, groups={("STREAM", "BILLING"): (here, here)},
                  received={"order.created.eu": 2}, sent={"order.created.eu": 2}, added=1500, length=1050)


def test_groups(redis):
    wish = d.GroupSeesBacklog("BILLING")
    assert wish.examine(redis) is None
    redis.commands = ["XGROUP CREATE s-1 b-1 $"]
    redis.read["BILLING"] = (0, 4)
    found = wish.examine(redis)
    assert (found.mistake, found.proof) == ("group-from-dollar", ("Redis was told: XGROUP CREATE STREAM BILLING $",))
    redis.survivors = 3
    assert wish.examine(redis).mistake == "trim-unread"
    redis.commands.append("DEL s-1")
    assert wish.examine(redis).mistake == "set-up-deletes"
    redis.groups["STREAM", "BILLING"] = (None, None)
    assert wish.examine(redis).mistake == "group-missing"


def test_only_new(redis):
    wish = d.GroupSeesOnlyNew("BILLING")
    assert wish.examine(redis).mistake == "group-from-zero"
    redis.read["BILLING"] = (0, 4)
    assert wish.examine(redis) is None


def test_groups_keep_their_place(redis):
    wish = d.GroupsKeepTheirPlace()
    assert wish.examine(redis) is None
    before = redis.groups["STREAM", "BILLING"][0]
    redis.groups["STREAM", "BILLING"] = (before, d.Group("STREAM", "BILLING", 5, "0-0"))
    assert wish.examine(redis).mistake == "group-moved"
    redis.groups["STREAM", "BILLING"] = (before, d.Group("STREAM", "BILLING", 0, "9-0"))
    assert wish.examine(redis).mistake == "set-up-deletes"


@pytest.mark.parametrize(("there", "literal", "mistake"), [
    (2, [], None), (4, [], "received-twice"), (0, [], "pattern-misses"), (0, ["shop-1.order.*"], "pattern-with-subscribe"),
])
def test_patterns(redis, there, literal, mistake):
    redis.received["order.created.eu"], redis.literal = there, literal
    found = d.PatternReceives("order.created.{region}").examine(redis)
    assert (found and found.mistake) == mistake


@pytest.mark.parametrize(("length", "added", "mistake"), [
    (1000, 1500, None), (1199, 1500, None), (1500, 1500, "stream-uncapped"), (500, 1500, "trim-unread"),
])
def test_a_bounded_stream(redis, length, added, mistake):
    redis.length, redis.added = length, added
    found = d.StreamCapped(1000, 1200).examine(redis)
    assert (found and found.mistake) == mistake


def test_too_little_arrived_to_tell_a_bound(redis):
    redis.added = 50
    with pytest.raises(NotSeen):
        d.StreamCapped(1000, 1200).examine(redis)


# ---------------------------------------------------------------- reports


@dataclass(frozen=True)
class Holds(Wish):
    how: bool | None

    @property
    def title(self) -> str:
        return f"it holds: {self.how}"

    def examine(self, seen):
        if self.how is None:
            raise NotSeen
        return None if self.how else Found("queue-missing", "There is none.", ("RabbitMQ has no such queue",))


def examined(*how: bool | None) -> Report:
    report = Report("93_x", "x", 1, "at-least-once", {"name": "rabbitmq", "version": "4.3.6"}, "unknown", "", kind="topology")
    outcome.ask([Holds(one) for one in how], object(), report)
    report.verdict, report.reason = outcome.verdict(report), outcome.reason(report)
    return report


@pytest.mark.parametrize(("how", "verdict", "reason"), [
    ((True, True), "pass", "All 2 wishes hold."),
    ((True, False), "fail", "1 of 2 wishes does not hold. There is none."),
    ((False, False, None), "fail", "2 of 3 wishes do not hold, 1 could not be examined. There is none."),
    ((True, None), "unknown", "1 of 2 wishes could not be examined: it holds: None."),
])
def test_verdicts(how, verdict, reason):
    report = examined(*how)
    assert (report.verdict, report.reason) == (verdict, reason)
    assert len(report.findings) == (verdict == "fail")


def test_a_report_with_wishes_can_be_kept_and_read_again():
    report = examined(True, False, None)
    assert Report.from_dict(json.loads(json.dumps(report.as_dict()))) == report


def test_a_report_from_before_there_were_wishes_can_be_read():
    old = examined(True).as_dict()
    for name in ("wishes", "kind", "notes"):
        del old[name]
    assert Report.from_dict(old).wishes == []


def test_the_text_says_yes_and_no_in_words_and_gives_a_fix_once():
    told = text.render(examined(True, False, False, None))
    assert "✓ yes  it holds: True" in told and told.count("✗ no   it holds: False") == 2 and "- ?    it holds: None" in told
    assert told.count("| RabbitMQ has no such queue") == 2 and told.count("Fix:  ") == 1


def test_an_unseen_examination_makes_no_accusation():
    assert record(Holds(False), None).ok is None


@pytest.mark.parametrize("name", [n for n in all_names() if load(n).kind != "orders"])
def test_the_wishes_of_a_lab_are_told_apart(name):
    wishes = load(name).wishes
    assert len({w.name for w in wishes}) == len(wishes) and len({(w.of, w.title) for w in wishes}) == len(wishes)


def test_each_class_is_told_once():
    from helpers.bench import catalogue

    parts = [getattr(catalogue, name) for name in vars(catalogue) if name.isupper() and name not in ("CATALOGUE", "_ALL")]
    names = [mistake.name for part in parts for mistake in part]
    assert sorted(names) == sorted(set(names)) and set(names) == set(CATALOGUE)


def test_words():
    assert [listed(x) for x in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["nothing", "a", "a and b", "a, b and c"]
