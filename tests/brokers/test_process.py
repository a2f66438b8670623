"""A process is recognised by pid, start time, boot and command; nothing else is ever signalled."""

import dataclasses
import signal
import subprocess
import sys
import time

import pytest

from helpers import brokers
from helpers.brokers import process


@pytest.fixture
def sleeper():
    """A process that is not a broker, and a true record of it."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    while not process.command_line(child.pid):  # empty for a moment while the program is exchanged, and then anybody's
        time.sleep(0.001)
    yield child, process.Record(child.pid, process.stat(child.pid)[1], process.boot_id(), ("time.sleep(600)",))
    child.kill()
    child.wait()


@pytest.mark.parametrize("change", [{"started": 1}, {"boot": "another"}, {"marks": ("redis-server",)}])
def test_a_pid_that_changed_hands_is_not_ours(sleeper, change):
    child, record = sleeper
    stale = dataclasses.replace(record, **change)
    assert record.alive() and not stale.alive()
    assert stale.send(signal.SIGKILL) is False
    assert child.poll() is None


def test_a_stale_pid_file_of_a_server_is_never_signalled(fresh_world, sleeper):
    child, record = sleeper
    server = brokers.server("redis")
    process.write(server.pid_file, dataclasses.replace(record, started=record.started - 1, marks=("redis-server",)))
    assert not server.running() and not server.pids() and server.status().state == "stopped"
    with pytest.raises(brokers.NotRunning, match="python -m helpers up redis"):
        server.kill()
    server.down()
    assert child.poll() is None
    assert not server.pid_file.exists()


def test_defunct_counts_as_dead(sleeper):
    child, record = sleeper
    child.kill()
    assert record.wait_end(5)
    assert process.stat(child.pid) is None  # not reaped yet: the parent, this test, has not waited


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1}'])
def test_a_broken_pid_file_is_no_record(tmp_path, content):
    (tmp_path / "pid").write_text(content)
    assert process.read(tmp_path / "pid") is None


def test_a_daemon_outlives_its_starter_and_is_no_child_of_it(tmp_path):
    code = (
        "from helpers.brokers import process; from pathlib import Path; import sys, dataclasses, json;"
        "r = process.spawn([sys.executable, '-c', 'import time; time.sleep(600)'], env={}, folder='/', log=Path(sys.argv[1]), marks=('sleep',));"
        "print(json.dumps(dataclasses.asdict(r)))"
    )
    out = subprocess.run([sys.executable, "-c", code, str(tmp_path / "log")], capture_output=True, text=True, check=True).stdout
    (tmp_path / "pid").write_text(out)
    record = process.read(tmp_path / "pid")
    try:
        assert record.alive()
        assert record.uptime_s() < 60
    finally:
        record.send(signal.SIGKILL)
        assert record.wait_end(5)


def test_a_lock_is_held_by_one_at_a_time(tmp_path):
    with process.held(tmp_path / "lock"):
        code = f"from helpers.brokers import process; from pathlib import Path\nwith process.held(Path({str(tmp_path / 'lock')!r})): print('in')"
        other = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        with pytest.raises(subprocess.TimeoutExpired):
            other.wait(0.5)
        began = time.monotonic()
    assert other.communicate(timeout=10)[0] == "in\n"
    assert time.monotonic() - began < 5
