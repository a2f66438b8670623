"""Set-up programs that misbehave on an examination: each ends in time, with the right word, and leaves nothing behind."""

import signal
import subprocess
import time

import psutil
import pytest

from helpers.bench.exam.starts import END
from helpers.brokers.rabbitmq import Admin

pytestmark = pytest.mark.broker

ENDLESS = 12.0
"""Seconds: the bar for a program that never ends (7 bars: a wrong solution)."""

SETUP = '''
import os, pika
connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.exchange_declare(os.environ["EXCHANGE"], "topic", durable=True)
channel.queue_declare(os.environ["BILLING"], durable=True, arguments={"x-queue-type": "quorum"})
channel.queue_bind(os.environ["BILLING"], os.environ["EXCHANGE"], "order.created.*")
'''


def timed(bench, source: str):
    started = time.monotonic()
    report = bench.check("93", source)
    return report, time.monotonic() - started


def mine(rabbitmq, pid: int) -> list[str]:
    return [v for v in Admin(rabbitmq).vhosts() if v.startswith(f"workbook.{pid}-")]


def test_a_right_one(bench):
    report, _ = timed(bench, SETUP)
    assert report.verdict == "pass", report.reason
    assert all(wish.ok for wish in report.wishes)


@pytest.mark.timed
def test_never_ends(bench):
    report, took = timed(bench, "while True: pass")
    assert report.verdict == "error" and "did not end within 10 s" in report.reason
    assert [wish.ok for wish in report.wishes[1:]] == [None] * 5
    assert took < END + ENDLESS / 2  # 12 s on a quiet machine


def test_sets_up_and_never_ends(bench):
    report, _ = timed(bench, SETUP + "channel.start_consuming()\nimport time\nwhile True: time.sleep(1)\n")
    assert report.verdict == "error" and "did not end" in report.reason and report.findings == []


@pytest.mark.timed
def test_prints_without_end(bench):
    report, took = timed(bench, "while True: print('x' * 1000)")
    assert report.verdict == "error" and "printed more than 10 MB" in report.reason
    assert took < ENDLESS and len(report.programs[0].output_tail) <= 4000


@pytest.mark.timed
def test_eats_memory(bench):
    report, took = timed(bench, "import time\nx = []\nwhile True: x.append(bytearray(b'x' * 10_000_000)); time.sleep(.01)\n")
    assert report.verdict == "error" and "512 MB" in report.reason and took < ENDLESS


@pytest.mark.parametrize("source", ["", "import sys; sys.exit(0)", "print('all is set up')"])
def test_does_nothing(bench, source):
    report, _ = timed(bench, source)
    assert report.verdict == "unknown" and "did it connect elsewhere" in report.reason


def test_exits_with_a_status(bench):
    report, _ = timed(bench, "import sys; sys.exit(3)")
    assert report.verdict == "error" and "exit status 3" in report.reason and report.findings == []


def test_a_syntax_error_is_no_missing_queue(bench):
    report, _ = timed(bench, "x = 1\nif x\n    pass\n")
    assert report.verdict == "error" and report.programs[0].error_line == 2 and report.findings == []


def test_fails_half_way_with_an_error_of_its_own(bench):
    report, _ = timed(bench, SETUP + "channel.queue_bind(os.environ['BILLING'], 'no-such-exchange', 'x')\n")
    assert report.verdict == "error" and "404" in report.reason and report.findings == []


def test_connects_elsewhere(bench):
    report, _ = timed(bench, "import pika\npika.BlockingConnection(pika.ConnectionParameters('127.0.0.1', 1))\n")
    assert report.verdict == "error" and "AMQPConnectionError" in report.reason


def test_detaches_a_child(bench):
    detach = ("import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        time.sleep(600)\n"
              "    os._exit(0)\n")
    report, _ = timed(bench, detach + SETUP)
    assert report.verdict == "pass", report.reason  # bench.check has seen that nothing is left


def test_what_is_asked_is_drawn_anew(bench):
    """A binding for one region of an earlier run does not help: the region is another one in most runs."""
    regions = {timed(bench, SETUP.replace("order.created.*", "order.created.eu"))[0].verdict for _ in range(4)}
    assert "fail" in regions


def test_the_same_seed_asks_the_same(bench):
    source = SETUP.replace("order.created.*", "order.nothing.*")
    told = [bench.check("93", source, "--seed", "7").findings[0].sentence for _ in range(2)]
    assert told[0] == told[1]


STUBBORN = "import os, signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nos.fork()\nwhile True: time.sleep(1)\n"


@pytest.fixture
def running(bench):
    process = subprocess.Popen(bench.command("93", STUBBORN), env=bench.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               start_new_session=True)
    bench.until(lambda: len([p for p in bench.left() if "program.py" in p and " check " not in p]) == 2)
    yield process
    process.kill()


@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_nothing(bench, running, rabbitmq, sig):
    [child] = psutil.Process(running.pid).children()
    assert mine(rabbitmq, child.pid)
    running.send_signal(sig)
    running.communicate(timeout=10)
    assert running.returncode == 130 and bench.left() == [] and mine(rabbitmq, child.pid) == []


def test_the_warden_is_killed(bench, running):
    running.kill()
    running.wait()
    bench.until(lambda: bench.left() == [])


def test_what_a_killed_bench_left_in_the_broker_is_removed_by_the_next(bench, running, rabbitmq):
    [child] = psutil.Process(running.pid).children()
    assert mine(rabbitmq, child.pid)
    child.kill()
    running.communicate(timeout=10)
    timed(bench, SETUP)
    assert mine(rabbitmq, child.pid) == []
