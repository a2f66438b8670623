"""Programs that misbehave: each ends in time, with the right word, and leaves no process behind."""

import signal
import subprocess
import time

import psutil
import pytest

pytestmark = pytest.mark.broker

ENDLESS = 12.0
"""Seconds: the bar for a program that never says anything (7 bars: a wrong solution)."""


def timed(bench, source: str | None, *options: str, **names: str):
    started = time.monotonic()
    report = bench.check("90", source, "--scenario", "none", *options, **names)
    return report, time.monotonic() - started


@pytest.mark.timed
def test_never_ends_and_never_speaks(bench):
    report, took = timed(bench, "while True: pass")
    assert report.verdict == "unknown" and "AMQP_URL" in report.reason
    assert took < ENDLESS


@pytest.mark.timed
def test_prints_without_end(bench):
    report, took = timed(bench, "while True: print('x' * 1000)")
    assert (report.verdict, report.programs[0].error) == ("error", "it printed more than 10 MB")
    assert took < ENDLESS and len(report.programs[0].output_tail) <= 4000


def test_forks_and_detaches(bench, consumer):
    detach = "import os, sys, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        time.sleep(600)\n    os._exit(0)\n"
    report, _ = timed(bench, detach + consumer())
    assert report.verdict == "pass", report.reason  # bench.check has seen that nothing is left


def test_detaches_a_child_without_our_mark(bench, consumer):
    detach = "import subprocess\nsubprocess.Popen(['setsid', 'env', '-i', 'sleep', '654321'])\n"
    report, _ = timed(bench, detach + consumer())
    assert report.verdict == "pass", report.reason
    assert [p for p in psutil.process_iter(["cmdline"]) if p.info["cmdline"] == ["sleep", "654321"]] == []


def test_crashes_on_import(bench):
    report, _ = timed(bench, "import os\nimport no_such_module\n")
    assert report.verdict == "error" and "No module named 'no_such_module'" in report.reason
    assert report.programs[0].error_line == 2


def test_syntax_error(bench):
    report, _ = timed(bench, "x = 1\nif x\n    pass\n")
    assert report.verdict == "error" and "SyntaxError" in report.reason
    assert report.programs[0].error_line == 2


@pytest.mark.parametrize("source", ["", "import sys; sys.exit(0)"])
def test_exits_at_once(bench, source):
    report, _ = timed(bench, source)
    assert report.verdict == "unknown" and "exit status 0" in report.reason


def test_exits_at_once_with_a_status(bench):
    report, _ = timed(bench, "import sys; sys.exit(3)")
    assert report.verdict == "error" and "exit status 3" in report.reason


def test_ignores_sigterm(bench, consumer):
    report, _ = timed(bench, "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + consumer())
    assert report.verdict == "pass" and [f.name for f in report.findings] == ["ignores-sigterm"]


def test_connects_past_the_tap(bench, consumer, rabbitmq):
    past = f"import os\nos.environ['AMQP_URL'] = __import__('re').sub(r':\\d+/', ':{rabbitmq.port}/', os.environ['AMQP_URL'])\n"
    report, _ = timed(bench, past + consumer())
    assert (report.verdict, report.evidence) == ("unknown", "incomplete")
    assert report.findings == []


def test_connects_elsewhere(bench):
    report, _ = timed(bench, "import pika\npika.BlockingConnection(pika.ConnectionParameters('127.0.0.1', 1))\n")
    assert report.verdict == "error" and "AMQPConnectionError" in report.reason


@pytest.mark.timed
def test_eats_memory(bench):
    report, took = timed(bench, "import time\nx = []\nwhile True: x.append(bytearray(b'x' * 10_000_000)); time.sleep(.01)\n")
    assert report.verdict == "error" and "512 MB" in report.reason and took < ENDLESS


def test_prints_what_is_not_text(bench, consumer):
    report, _ = timed(bench, "import os\nos.write(1, bytes(range(256)) * 100)\n" + consumer())
    assert report.verdict == "pass", report.reason


def test_a_command_that_is_not_there(bench):
    done = subprocess.run(bench.command("90", None, "--run", "no-such-command x"), env=bench.env, text=True, capture_output=True)
    assert done.returncode == 4 and "no such command: no-such-command" in done.stderr


def test_words_of_a_command_are_not_given_to_a_shell(bench, tmp_path):
    bench.check("90", None, "--scenario", "none", "--run", f"echo x > {tmp_path}/made; touch {tmp_path}/made")
    assert not (tmp_path / "made").exists()


STUBBORN = '''
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.signal(signal.SIGINT, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
while True: time.sleep(1)
'''


def started(bench, *options: str, **popen) -> subprocess.Popen:
    process = subprocess.Popen(bench.command("90", STUBBORN, *options), env=bench.env, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, start_new_session=True, **popen)
    bench.until(lambda: len([p for p in bench.left() if "program.py" in p and " check " not in p]) == 2)
    return process


@pytest.mark.timed
@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGTERM])
def test_interrupt_leaves_nothing_within_a_second(bench, sig):
    process = started(bench)
    at = time.monotonic()
    process.send_signal(sig)
    process.communicate(timeout=10)
    assert bench.left() == []
    assert time.monotonic() - at < 1.5  # the bar is 1 s on a quiet machine
    assert process.returncode == 130


def test_the_bench_is_killed(bench):
    process = started(bench)
    [child] = [p for p in psutil.Process(process.pid).children()]
    child.kill()
    process.communicate(timeout=10)
    bench.until(lambda: bench.left() == [])


def test_the_warden_is_killed(bench):
    process = started(bench)
    process.kill()
    process.wait()
    bench.until(lambda: bench.left() == [])


def test_the_caller_goes_away(bench):
    process = started(bench, "--lifeline", stdin=subprocess.PIPE)
    process.stdin.close()
    process.wait(timeout=10)
    bench.until(lambda: bench.left() == [])


def test_what_a_killed_bench_left_in_the_broker_is_removed_by_the_next(bench, consumer, rabbitmq):
    from helpers.brokers.rabbitmq import Admin

    process = started(bench)
    [child] = psutil.Process(process.pid).children()
    mine = [v for v in Admin(rabbitmq).vhosts() if v.startswith(f"workbook.{child.pid}-")]
    assert mine
    child.kill()
    process.communicate(timeout=10)
    timed(bench, consumer())
    assert not set(mine) & set(Admin(rabbitmq).vhosts())
