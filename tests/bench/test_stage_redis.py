"""A Redis of the run's own: filled, counted, killed, paused; and every fault that concerns it, on real programs."""

import random
from pathlib import Path

import psutil
import pytest
import redis

from helpers import paths
from helpers.bench.lab import Lab, Scenario
from helpers.bench.run import draw_orders
from helpers.brokers.owners import owner_lives
from helpers.bench.stage_redis import PEER, RedisStage, connect, remove_leftovers

CONSUMER = '''
import json, os, redis
from shop import charge
stream, group, me = (os.environ[name] for name in ("STREAM", "GROUP", "CONSUMER"))
r = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
def work_off(entries):
    for entry, fields in entries:
        charge(json.loads(fields["body"]))
        {settle}
for _, entries in r.xreadgroup(group, me, {stream: "0"}):
    work_off(entries)
while True:
    work_off(r.xautoclaim(stream, group, me, 2000)[1])
    for _, entries in r.xreadgroup(group, me, {stream: ">"}, count=4, block=100):
        work_off(entries)
'''
IN_A_TRANSACTION = "with r.pipeline() as p: p.xack(stream, group, entry); p.xdel(stream, entry); p.execute()"
DOUBLES = {"none": 0, "broker-paused": 0, "kill-before-ack": 1, "ack-lost": 1}


@pytest.fixture
def rabbitmq():
    """These runs need no RabbitMQ."""


@pytest.fixture
def consumer():
    return lambda settle="r.xack(stream, group, entry)": CONSUMER.replace("{settle}", settle)


def lab(**more) -> Lab:
    return Lab("t", "redis", ("consumer",), (Scenario("a", "a"),), ("a?", "b", "c"), "never", orders=6, name="t", **more)


@pytest.fixture
def stage():
    """`stage(…)`: a stage that is open, filled with six orders; their ids."""
    made = []

    def make(**more) -> tuple[RedisStage, list[str]]:
        one = RedisStage(lab(**more), None, random.Random(len(made)))
        made.append(one)
        one.open()
        accepted: list[str] = []
        one.fill(one.server.port, draw_orders(lab(), Scenario("a", "a"), 1), accepted.append)
        return one, accepted

    yield make
    for one in made:
        one.close()


def names(one: RedisStage) -> tuple[str, str]:
    found = one.environment(1)
    return found["STREAM"], found["GROUP"]


def test_every_member_has_a_name_of_its_own(stage):
    one, _ = stage()
    assert [one.environment(1)["CONSUMER"] for _ in range(3)] == ["worker-1", "worker-2", "worker-3"]


def test_what_the_peer_had_looks_long_idle(stage):
    one, orders = stage(peer=2)
    stream, group = names(one)
    with connect(one.server.port) as r:
        pending = r.xpending_range(stream, group, "-", "+", 10)
        assert [(p["consumer"].decode(), p["time_since_delivered"] >= 60_000) for p in pending] == [(PEER, True)] * 2
        claimed = r.xautoclaim(stream, group, "me", 2000)[1]
        assert [fields[b"order_id"].decode() for _, fields in claimed] == orders[:2]


def test_the_census_counts_what_is_still_to_be_done(stage):
    one, orders = stage(peer=1)
    stream, group = names(one)
    with connect(one.server.port) as r:
        (_, entries), = r.xreadgroup(group, "me", {stream: ">"}, count=3)
        first, second, third = [entry for entry, _ in entries]
        fifth = {k.decode(): v for k, v in r.xrange(stream)[4][1].items()}
        r.xack(stream, group, first)
        r.xdel(stream, second)  # pending, and nothing to be done any more
        r.rpush("aside", orders[1])
        r.xadd("dead", entries[1][1])
        r.sadd("seen", orders[0])  # no message
        r.zadd("later", {fifth["body"]: 1, third: 2, "x": 3})  # a message, an entry that still stands in the stream, neither
    census = one.census(lambda: 4)
    assert census.left == [orders[0], orders[3], *orders[4:]]
    assert {k: v for k, v in census.places.items() if k != stream} == {
        "aside": [orders[1]], "dead": [orders[2]], "later": [orders[4], orders[3]]}
    assert census.messages[stream][0].meta["content_type"] == b"application/json"


def test_without_its_group_nothing_can_be_done(stage):
    one, _ = stage()
    stream, group = names(one)
    with connect(one.server.port) as r:
        r.xgroup_destroy(stream, group)
    assert one.census(lambda: 0).left == []


@pytest.mark.parametrize(("options", "kept"), [({"appendonly": "yes", "appendfsync": "always"}, True), ({}, False)])
def test_a_killed_server_comes_back_with_what_it_wrote(stage, options, kept):
    """With appendfsync everysec Redis answers before it writes, while an fsync goes on: a kill can lose an answered XADD."""
    one, orders = stage(redis_options=options)
    port = one.server.port
    one.server.kill()
    assert not one.server.running()
    with pytest.raises(redis.ConnectionError):
        connect(port).ping()
    one.server.up()
    assert one.server.port == port and one.census(lambda: 6 * kept).left == (orders if kept else [])


def test_a_paused_server_answers_when_it_goes_on(stage):
    one, _ = stage()
    one.server.pause()
    with pytest.raises(redis.TimeoutError):
        redis.Redis(port=one.server.port, socket_timeout=0.1, retry=None).ping()
    one.server.resume()
    assert connect(one.server.port).ping() and one.server.version()


def test_dead_letters_are_put_back(stage):
    one, orders = stage(dead_letters=True)
    stream, group = names(one)
    with connect(one.server.port) as r:
        (_, entries), = r.xreadgroup(group, "me", {stream: ">"}, count=2)
        for entry, fields in entries:
            r.xadd(one.dead, fields)
            r.xack(stream, group, entry)
    assert one.redrive(one.server.port) == 2 and one.redrive(one.server.port) == 0
    assert one.census(lambda: 6).left == [*orders[2:], *orders[:2]]


def test_folders_of_dead_runs_are_removed_and_those_of_living_ones_kept(stage, monkeypatch, tmp_path):
    monkeypatch.setattr("helpers.paths.STATE", tmp_path)
    one, _ = stage()
    (tmp_path / "redis-runs" / "1-1.abc").mkdir()
    assert remove_leftovers() == ["1-1.abc"] and one.server.running() and one._folder.exists()


@pytest.mark.parametrize("scenario", DOUBLES)
def test_a_right_consumer_keeps_all(bench, consumer, scenario):
    report = bench.check("95", consumer(), "--scenario", scenario)
    assert (report.verdict, len(report.orders.duplicated)) == ("pass", DOUBLES[scenario]), report.reason
    assert all(fault.fired for fault in report.faults) and len(report.orders.charged) == 12


def test_an_acknowledgement_in_a_transaction_can_be_kept_back(bench, consumer):
    report = bench.check("95", consumer(IN_A_TRANSACTION), "--scenario", "kill-before-ack")
    assert (report.verdict, len(report.orders.duplicated)) == ("pass", 1), report.reason


@pytest.mark.parametrize("scenario", ["broker-killed", "reset"])
def test_a_server_that_is_killed_or_cut_off_costs_nothing_that_it_wrote(bench, consumer, scenario):
    report = bench.check("95", consumer(), "--scenario", scenario)
    assert report.verdict == "pass" and report.orders.lost == [] and report.faults[0].fired, report.reason


def test_no_server_and_no_folder_is_left_behind(bench, consumer):
    runs = paths.STATE / "redis-runs"

    def abandoned() -> set[str]:
        found = {each.name for each in runs.glob("*.*")} | {name for p in psutil.process_iter() if (name := folder_of(p))}
        return {name for name in found if not owner_lives(name.partition(".")[0])}

    def folder_of(process: psutil.Process) -> str:
        try:
            where = Path(process.cwd())
            return where.name if where.parent == runs else ""
        except (psutil.Error, OSError):
            return ""

    before = abandoned()
    bench.check("95", consumer(), "--scenario", "none")
    assert abandoned() <= before
