"""The life of real brokers, each in a private world: up, kill, pause, restart, down; what was confirmed stays."""

import contextlib
import signal
import subprocess
import sys
import time

import pytest

from helpers import brokers, paths
from helpers.brokers import install, ports, probes, process, rabbitmq, redis

pytestmark = pytest.mark.broker


def until(condition, seconds=20):
    """Wait for a condition; fail when it does not come."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture(params=[("redis", "main"), ("kafka", "main"), ("rabbitmq", "main")], ids=lambda param: param[0], scope="module")
def server(request, world):
    """A running server of the tests' own."""
    found = brokers.server(*request.param)
    found.up()
    return found


@pytest.mark.timed
def test_up_is_idempotent(server):
    pids = server.pids()
    began = time.monotonic()
    server.up()
    assert server.pids() == pids
    assert time.monotonic() - began < 0.3


def test_status_is_read_from_the_world(server):
    seen = server.status()
    assert seen.state == "running" and seen.pid in server.pids() and seen.port == server.port
    assert seen.version == server.version() and seen.version[0].isdigit()
    assert 5 < seen.memory_mb < 400 and seen.uptime_s >= 0
    assert seen.source == ("" if server.name == "kafka" else install.title(install.debian().suite))
    assert set(server.pids()) <= brokers.our_pids()


def test_everything_binds_loopback_only(server):
    inodes = {}
    for table, loopback in (("/proc/net/tcp", "0100007F"), ("/proc/net/tcp6", "0" * 24 + "01000000")):
        with open(table) as lines:
            next(lines)
            for fields in map(str.split, lines):
                if fields[3] == "0A" and not fields[1].startswith((loopback, "0000000000000000FFFF00000100007F")):
                    inodes[fields[9]] = fields[1]
    for pid in server.pids():
        assert not [inode for inode in inodes if process.sockets_of({inode}) == pid]


def test_pause_and_resume(server):
    server.pause()
    assert server.status().state == "paused"
    with pytest.raises(probes.NoAnswer):
        server.broker.answers(server.port, 0.3)
    server.resume()
    server.wait_ready(20)
    assert server.status().state == "running"


def test_up_wakes_a_paused_server(server):
    server.pause()
    server.up()
    assert server.status().state == "running"


def test_kill_leaves_what_was_confirmed(server):
    put, get = {"redis": redis_pair, "rabbitmq": rabbit_pair, "kafka": kafka_pair}[server.name](server)
    put("order 21")
    pid = server.status().pid
    server.kill()
    assert not server.running() and server.status().state == "stopped"
    assert process.stat(pid) is None
    with pytest.raises(brokers.NotRunning):
        server.kill()
    server.up()
    assert server.status().pid != pid
    assert get() == "order 21"


def redis_pair(server):
    return (
        lambda text: probes.resp(server.port, 2, "SET", "order", text),
        lambda: probes.resp(server.port, 2, "GET", "order"),
    )


def rabbit_pair(server):
    import pika

    def put(text):
        connection = pika.BlockingConnection(pika.URLParameters(server.url()))
        channel = connection.channel()
        channel.confirm_delivery()
        channel.queue_declare("kept", durable=True)
        channel.basic_publish("", "kept", text.encode(), pika.BasicProperties(delivery_mode=2), mandatory=True)
        connection.close()

    return put, lambda: rabbitmq.drain(server.url(), "kept")[0].body.decode()


def kafka_pair(server):
    from kafka import KafkaConsumer, KafkaProducer

    def put(text):
        producer = KafkaProducer(bootstrap_servers=server.url(), acks="all")
        producer.send("kept", text.encode()).get(20)
        producer.close(timeout=2)

    def get():
        consumer = KafkaConsumer("kept", bootstrap_servers=server.url(), auto_offset_reset="earliest", consumer_timeout_ms=10_000)
        with contextlib.closing(consumer):
            return next(iter(consumer)).value.decode()

    return put, get


def test_down_leaves_nothing(server):
    family = process.family(set(server.pids()))
    assert family
    server.down()
    assert not [member.pid for member in family if member.alive()]
    assert all(ports.free(number) for number in server.ports.values())
    assert not list(server.folder.glob("*.pid.json"))
    server.down()
    server.up()


def test_a_damaged_start_says_where_to_look(fresh_world):
    server = brokers.server("redis")
    server.folder.mkdir(parents=True)
    server.broker.prepare(server.folder, server.ports, "main")
    data = server.folder / install.debian().data
    (data / "appendonlydir").mkdir()
    (data / "appendonlydir" / "appendonly.aof.manifest").write_text("nonsense\n")
    with pytest.raises(brokers.StartFailed, match="(?s)ended while it started.*helpers logs redis"):
        server.up()
    assert not server.pids()


def test_two_ups_at_once_start_one(fresh_world):
    command = [sys.executable, "-m", "helpers", "up", "redis"]
    runs = [subprocess.Popen(command, cwd=paths.ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for _ in range(4)]
    outputs = [run.communicate(timeout=60)[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 0, 0], outputs
    assert sum("starting on port" in output for output in outputs) == 1
    assert len(brokers.server("redis").pids()) == 1


@pytest.mark.parametrize("rewritten", [False, True])
def test_a_private_redis_is_started_again_from_what_was_rewritten(tmp_path, rewritten):
    with brokers.redis_private(tmp_path) as server:
        probes.resp(server.port, 1.0, "CONFIG", "SET", "appendonly", "yes")
        if rewritten:
            probes.resp(server.port, 1.0, "CONFIG", "REWRITE")
        probes.resp(server.port, 1.0, "SET", "a", "1")
        until(lambda: redis.info(server.port, "persistence")["aof_rewrite_in_progress"] == "0")
        server.kill(), server.start()
        assert redis.info(server.port, "persistence")["aof_enabled"] == str(int(rewritten))


def test_a_private_redis_keeps_what_it_is_told_to(tmp_path):
    with brokers.redis_private(tmp_path, appendonly="yes") as server:
        pid = server.pid
        probes.resp(server.port, 2, "SET", "order", "21")
        server.kill()
        server.start()
        assert probes.resp(server.port, 2, "GET", "order") == "21" and server.pid != pid
        last = server.pid
    assert process.stat(last) is None


@pytest.mark.timed
def test_an_interrupt_of_up_returns_to_the_prompt_at_once(fresh_world):
    # A test run in the background of a shell inherits an ignored SIGINT; a person's prompt does not.
    run = subprocess.Popen([sys.executable, "-m", "helpers", "up", "rabbitmq"], cwd=paths.ROOT, stdout=subprocess.PIPE, text=True,
                           preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    server = brokers.server("rabbitmq")
    until(server.running)
    run.send_signal(signal.SIGINT)
    began = time.monotonic()
    assert run.wait(10) == 130
    assert time.monotonic() - began < 1
    server.up()
    server.down()
    assert not server.pids()
