"""Configuration files: what of them reaches a broker, and that none of them can open a port to others or write elsewhere."""

import os
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from helpers.bench.exam import guard
from helpers.bench.exam.config_wishes import size

KNOWN = {"port", "bind", "dir", "logfile", "unixsocket", "daemonize"} | guard.REDIS_DIRECTIVES


def redis(text: str) -> guard.Guarded:
    return guard.guard(text, guard.split_redis, guard.REDIS, KNOWN.__contains__)


def kafka(text: str) -> guard.Guarded:
    return guard.guard(text, guard.split_kafka, guard.KAFKA, lambda key: True)


KNOWS = guard.rabbitmq_knows(['{mapping, "listeners.tcp.$name", "rabbit.x", []}.\n{mapping,  "log.file", "y", []}.'])


def rabbitmq(text: str) -> guard.Guarded:
    return guard.guard(text, guard.split_rabbitmq, guard.RABBITMQ, KNOWS)


def passed(found: guard.Guarded) -> list[str]:
    return [line for line in found.text.splitlines() if line and not line.startswith("#")]


@pytest.mark.parametrize("line", [
    "port 1", "PORT 1", "bind 0.0.0.0", "include /etc/passwd", "loadmodule /tmp/x.so", '"port" 1', "'bind' "
                                                                                                   "0.0.0.0", '"\\x70ort" 1',
    "dir /", "logfile /tmp/x", "unixsocket /tmp/x", "rename-command CONFIG \"\"", "replicaof 10.0.0.1 1", "daemonize yes",
])
def test_redis_is_not_given(line):
    assert passed(redis(f"maxmemory 1mb\n{line}\nappendonly yes")) == ["maxmemory 1mb", "appendonly yes"]


@pytest.mark.parametrize("line", [
    "listeners=PLAINTEXT://0.0.0.0:1", "log.dirs=/", "metric.reporters=x.Y", "authorizer.class.name=x", "config.providers=file",
    "num.partitions=${file:/etc/passwd:x}", "list\\u0065ners=PLAINTEXT://0.0.0.0:1", "num.partitions=1\\",
    "process.roles=broker",
    "ssl.keystore.location=/etc/passwd", "kafka.metrics.reporters=x", "no key here", "unknown.key=1",
])
def test_kafka_is_not_given(line):
    assert passed(kafka(f"num.partitions=6\n{line}\nlog.retention.hours=1")) == ["num.partitions=6", "log.retention.hours=1"]


@pytest.mark.parametrize("line", [
    "listeners.tcp.x = 0.0.0.0:1", "listeners.tcp.x=1", "log.file = /tmp/x", "include /etc/*.conf", "include conf.d/*.conf",
    "lîsteners.tcp.x = 1", "listeners tcp = 1", "\"log.file\" = x",
])
def test_rabbitmq_is_not_given(line):
    assert passed(rabbitmq(f"heartbeat = 30\n{line}\ndefault_user = x")) == ["heartbeat = 30", "default_user = x"]


@pytest.mark.parametrize("sneaked", ["\r", "\x0b", "\x0c", "\x85", "\u2028", "\0"])
def test_no_second_line_hides_in_a_line(sneaked):
    for read, line, other in ((redis, "maxmemory 1mb", "port 1"), (kafka, "num.partitions=6", "listeners=x"),
                              (rabbitmq, "heartbeat = 30", "log.file = x")):
        assert len(passed(read(f"{line}{sneaked}{other}"))) <= 1
        assert all(c not in read(f"{line}{sneaked}{other}").text for c in "\r\x0b\x0c\x85\u2028\0")


def test_what_a_broker_does_not_know_is_left_to_it():
    assert passed(redis("appendonyl yes")) == ["appendonyl yes"]
    assert passed(rabbitmq("heartbeet = 30\njust words")) == ["heartbeet = 30", "just words"]


def test_line_numbers_stay_and_the_last_one_counts():
    found = redis("# mine\n\nport 1\nappendonly no\nAPPENDONLY \"yes\"\n")
    assert found.text.splitlines()[3:5] == ["appendonly no", 'APPENDONLY "yes"']
    assert (found.last("appendonly").value, found.last("appendonly").number) == ("yes", 5)
    assert str(found.last("port")) == "line 3: port 1" and [line.key for line in found.held] == ["port"]


@pytest.mark.parametrize(("text", "value"), [
    ("256mb", 256_000_000), ("256MB", 256_000_000), ("256MiB", 268_435_456), ("1gb", 10**9), ("4096", 4096), ("lots", None),
    ("", None),
])
def test_sizes(text, value):
    assert size(text) == value


# ---------------------------------------------------------------- brokers that run on hostile files

HOSTILE = {
    "redis": ("redis.conf", "bind 0.0.0.0\nport 16479\ninclude {out}/evil.conf\nlogfile {out}/evil.log\ndir "
              "{out}\nunixsocket {out}/s\ndaemonize yes\nmaxmemory 100mb\nappendonly yes\nsave 1 1\n"),
    "rabbitmq": ("rabbitmq.conf", "listeners.tcp.default = 15772\nlisteners.tcp.x = 0.0.0.0:15773\nlog.file = {out}/evil.log\n"
                 "management.tcp.ip = 0.0.0.0\ndefault_user = shop\ndefault_pass = secret\n"),
    "kafka": ("server.properties", "listeners=PLAINTEXT://0.0.0.0:19292\nadvertised.listeners=PLAINTEXT://10.0.0.1:19292\n"
              "log.dirs={out}\nmetric.reporters=x.Y\nnum.partitions=6\n"),
}


LOOPBACK = ("127.0.0.1", "::1", "::ffff:127.0.0.1")


def listening(mark: str) -> list[str]:
    """Addresses that are not loopback and that a process of this test listens on."""
    found = []
    for process in psutil.process_iter():
        try:
            if mark in " ".join(process.cmdline()) or process.cwd().startswith(mark):
                found += [f"{line.laddr.ip}:{line.laddr.port}" for line in process.net_connections("tcp")
                          if line.status == psutil.CONN_LISTEN and line.laddr.ip not in LOOPBACK]
        except psutil.Error:
            continue
    return found


@pytest.mark.slow
@pytest.mark.broker
@pytest.mark.parametrize("role", HOSTILE)
def test_a_hostile_file_opens_nothing_and_writes_nothing_elsewhere(bench, tmp_path, role):
    name, text = HOSTILE[role]
    out = tmp_path / "out"
    out.mkdir()
    file = tmp_path / name
    file.write_text(text.replace("{out}", str(out)))
    state = tmp_path / "state"
    command = bench.command("97", None, f"--{role}", str(file), "--scenario", role, "--json")
    process = subprocess.Popen(command, env={**bench.env, "WORKBOOK_STATE": str(state)}, stdout=subprocess.PIPE, text=True)
    seen: list[str] = []
    while process.poll() is None:
        seen += listening(str(state))
        time.sleep(0.05)
    told = process.stdout.read()
    assert seen == [] and os.listdir(out) == []
    assert '"name": "listens-everywhere"' in told and bench.left() == []
    assert not [p for p in state.rglob("*") if p.name.startswith(("evil", "data-"))]


@pytest.mark.slow
@pytest.mark.broker
def test_three_at_once_and_an_interrupt_leaves_nothing(bench, tmp_path):
    files = {"rabbitmq": "rabbitmq.conf", "kafka": "server.properties", "redis": "redis.conf"}
    for name in files.values():
        (tmp_path / name).write_text("# nothing\n")
    options = [word for role, name in files.items() for word in (f"--{role}", str(tmp_path / name))]
    state = tmp_path / "state"
    process = subprocess.Popen(bench.command("97", None, *options), env={**bench.env, "WORKBOOK_STATE": str(state)},
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
    bench.until(lambda: len(under(state)) >= 3, 30)
    process.terminate()
    process.communicate(timeout=10)
    bench.until(lambda: under(state) == [], 3)


def under(state: Path) -> list[str]:
    """Brokers that run in the folder of this test."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and process.cwd().startswith(str(state)):
                found.append(f"{process.pid} {process.name()}")
        except psutil.Error:
            continue
    return found


@pytest.mark.broker
@pytest.mark.parametrize(("text", "mistake", "words"), [
    ("appendonyl yes\n", "misspelt-key", "appendonyl"), ("maxmemory a lot\n", "unreadable-value", "maxmemory a lot"),
])
def test_a_broker_that_does_not_start_is_quoted(bench, tmp_path, text, mistake, words):
    (tmp_path / "redis.conf").write_text(text)
    report = bench.check("97", None, "--redis", str(tmp_path / "redis.conf"), "--scenario", "redis")
    assert report.verdict == "fail" and report.cause.name == mistake
    assert any(words in moment.text for moment in report.cause.proof)
    assert [wish.ok for wish in report.wishes] == [False, None, None]


@pytest.mark.broker
def test_a_taken_port_is_told_and_held_against_nobody(bench, tmp_path):
    import socket

    (tmp_path / "redis.conf").write_text("bind 127.0.0.1\nport 16479\nmaxmemory 100mb\n")
    with socket.create_server(("127.0.0.1", 16479)):
        report = bench.check("97", None, "--redis", str(tmp_path / "redis.conf"), "--scenario", "redis")
    assert report.verdict == "pass" and any("16479 is taken" in note for note in report.notes)


def test_without_native_brokers_the_lab_says_so(bench_without_cache, tmp_path):
    (tmp_path / "redis.conf").write_text("maxmemory 100mb\n")
    report = bench_without_cache.check("97", None, "--redis", str(tmp_path / "redis.conf"), "--scenario", "redis")
    assert report.bench_failed and report.exit_code == 4 and "plain programs (native)" in report.reason


@pytest.fixture
def bench_without_cache(tmp_path, monkeypatch):
    from calling import Bench

    monkeypatch.setenv("WORKBOOK_CACHE", str(tmp_path / "no-cache"))
    monkeypatch.setenv("WORKBOOK_STATE", str(tmp_path / "state"))
    return Bench(tmp_path)
