"""A taken port is moved once, at the very beginning; later it is an error that names the holder and the setting."""

import os
import socket
import subprocess
import sys

import pytest

from helpers import brokers, paths
from helpers.brokers import ports, settings


@pytest.fixture
def taken():
    """A port that this test process listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


ASKS_FOR_THESE = """
import random, sys
from helpers.brokers import ports
wanted = iter(map(int, sys.argv[1:]))
random.SystemRandom.randrange = lambda self, *bounds: next(wanted)
print(ports.any_free())
"""


def test_a_port_that_was_given_out_is_given_to_nobody_else_and_its_server_may_listen():
    first, second = ports.any_free(), ports.any_free()
    other = subprocess.run([sys.executable, "-c", ASKS_FOR_THESE, str(first), str(first), "0"], cwd=paths.ROOT,
                           capture_output=True, text=True, check=True)  # fmt: skip
    assert first != second and other.stdout == "0\n"
    with socket.create_server(("127.0.0.1", first)) as server:
        assert server.getsockname()[1] == first


def test_the_first_time_a_default_port_moves(fresh_world, taken, monkeypatch):
    monkeypatch.setitem(settings.DEFAULT_PORTS, "REDIS_PORT", taken)
    monkeypatch.delenv("REDIS_PORT")
    said = []
    ports.settle(["REDIS_PORT"], lambda pid: False, said.append)
    assert settings.port("REDIS_PORT") > taken
    assert f"REDIS_PORT={settings.port('REDIS_PORT')}" in settings.env_file().read_text()
    assert str(os.getpid()) in said[0] and str(taken) in said[0]
    ports.settle(["REDIS_PORT"], lambda pid: False, said.append)
    assert len(said) == 1


def test_a_port_set_by_hand_is_never_moved(fresh_world, taken, monkeypatch):
    monkeypatch.setenv("REDIS_PORT", str(taken))
    ports.settle(["REDIS_PORT"], lambda pid: False, lambda text: None)
    assert settings.port("REDIS_PORT") == taken
    assert not settings.env_file().exists()


@pytest.mark.broker
def test_later_it_is_an_error_that_names_process_and_setting(fresh_world, taken, monkeypatch):
    monkeypatch.setenv("REDIS_PORT", str(taken))
    with pytest.raises(brokers.PortTaken) as caught:
        brokers.server("redis").up()
    assert f"process {os.getpid()}" in str(caught.value)
    assert "REDIS_PORT" in str(caught.value) and str(settings.env_file()) in str(caught.value)
    assert not brokers.our_pids()


@pytest.mark.broker
def test_a_running_server_whose_setting_names_a_strangers_port_says_so_at_once(fresh_world, taken, monkeypatch):
    server = brokers.server("redis")
    server.up()
    monkeypatch.setenv("REDIS_PORT", str(taken))
    with pytest.raises(brokers.PortTaken, match=rf"Redis runs.*REDIS_PORT={taken}.*process {os.getpid()}.*restart redis"):
        server.up()
    assert server.running()


PROGRAM = paths.SOLUTIONS / "07_rabbitmq_consumer" / "wrong" / "auto_ack.py"


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("RABBITMQ_PORT", "taken", ["RABBITMQ_PORT", f"process {os.getpid()}"]),
        ("RABBITMQ_EPMD_PORT", "taken", ["RABBITMQ_EPMD_PORT", f"process {os.getpid()}"]),
        ("RABBITMQ_PORT", "many", ["RABBITMQ_PORT=many is no port"]),
        ("BROKERS", "podman", ["BROKERS=podman is unknown"]),
    ],
)
def test_check_tells_it_in_words(fresh_world, taken, setting, value, words):
    env = {**os.environ, setting: str(taken) if value == "taken" else value}
    run = subprocess.run([sys.executable, "-m", "helpers", "check", "07", str(PROGRAM)], cwd=paths.ROOT, env=env,
                         capture_output=True, text=True, timeout=60)  # fmt: skip
    said = " ".join((run.stdout + run.stderr).split())
    assert run.returncode == 4 and "Traceback" not in said
    assert all(word in said for word in words), said
