"""The desk behind the brokers' panel: looks while somebody watches, does one deed at a time, tells what went wrong."""

import threading

import pytest

from helpers import brokers
from helpers.brokers import measure
from helpers.notebook import desk as module
from helpers.notebook.desk import Desk
from helpers.notebook.parts import wait_until


class Heard(list):
    def last(self, name):
        states = [m for m in self if m["type"] == "state"]
        rows = states[-1]["brokers"] if states else ()
        return next((row for row in rows if row["name"] == name and row["instance"] == "main"), None)


@pytest.fixture
def heard():
    return Heard()


@pytest.fixture
def private():
    with measure.private_world():
        yield


def looking():
    return [t for t in threading.enumerate() if t.name == "broker panel"]


def test_it_looks_while_it_is_watched_and_then_stops(private, heard, monkeypatch):
    monkeypatch.setattr(module, "PATIENCE", 0.3)
    monkeypatch.setattr(module, "EVERY", 0.1)
    desk = Desk(heard.append)
    desk.watched()
    desk.watched()
    assert len(looking()) == 1
    assert wait_until(lambda: heard.last("redis"))
    assert heard.last("redis")["state"] == "stopped" and heard.last("redis")["memory"] == ""
    assert wait_until(lambda: not looking()), "it looks on though nobody watches"


def test_a_deed_is_told_from_beginning_to_end_and_is_alone(private, heard):
    desk = Desk(heard.append)
    desk.look()
    assert desk.do("redis", "up") and not desk.do("redis", "kill"), "two deeds at once"
    assert heard.last("redis")["doing"] == "starting"
    assert wait_until(lambda: heard.last("redis")["state"] == "running" and not heard.last("redis")["doing"], 30)
    row = heard.last("redis")
    assert row["said"].startswith("started, ") and row["well"] and row["version"] and row["up"].startswith("up ")
    assert desk.do("redis", "kill")
    assert wait_until(lambda: heard.last("redis")["state"] == "stopped" and not heard.last("redis")["doing"])
    assert "SIGKILL" in heard.last("redis")["said"]
    assert desk.log("redis").count("\n") <= module.LOG_LINES


def test_a_deed_that_fails_says_why(private, heard):
    desk = Desk(heard.append)
    desk.look()
    desk.do("redis", "kill")
    assert wait_until(lambda: not heard.last("redis")["doing"] and heard.last("redis")["said"])
    assert not heard.last("redis")["well"] and "not running" in heard.last("redis")["said"]
    assert not desk.do("redis", "rm -rf") and not desk.do("mysql", "up") and desk.log("mysql") == ""


def test_a_process_that_was_seen_is_not_asked_again_and_a_new_one_is(private, heard, monkeypatch):
    asked = []
    kind = type(brokers.description("redis"))
    real = kind.version
    monkeypatch.setattr(kind, "version", lambda self, server: asked.append(1) or real(self, server))
    desk = Desk(heard.append)
    brokers.server("redis").up()
    for _ in range(4):
        desk.look()
    assert len(asked) == 1 and heard.last("redis")["version"]
    brokers.server("redis").kill()
    brokers.server("redis").up()
    desk.look()
    desk.look()
    assert len(asked) == 2 and heard.last("redis")["version"]


@pytest.mark.broker
def test_a_host_is_told_with_its_queues(rabbitmq):
    from helpers.brokers.rabbitmq import Admin
    from helpers.notebook.work_in_brokers import MOST, _rabbitmq, details

    admin, host = Admin(rabbitmq), "workbook-test-desk"
    admin.create_vhost(host)
    try:
        admin.request("PUT", f"/queues/{host}/orders", {"durable": True})
        assert (0, f"virtual host {host}: 1 queue, 0 ready") in _rabbitmq(rabbitmq)
        assert 1 <= len(details("rabbitmq")) <= MOST + 1
    finally:
        admin.delete_vhost(host)
        admin.close()


def test_a_group_of_a_private_redis_is_told_with_what_is_pending(private):
    import redis

    from helpers.notebook.work_in_brokers import details

    server = brokers.server("redis")
    server.up()
    client = redis.Redis(port=server.port)
    client.xadd("orders", {"n": 1})
    client.xgroup_create("orders", "billing", "0")
    client.xreadgroup("billing", "w", {"orders": ">"})
    client.rpush("todo", "a", "b")
    assert details("redis") == ["list todo: 2 in it", "group billing on orders: 1 pending"]
    client.close()


def test_a_broker_that_is_not_there_tells_nothing(private):
    from helpers.notebook.work_in_brokers import details

    assert [details(name) for name in brokers.NAMES] == [[], [], []]
