"""docker-compose.yml on a real engine: brought up, a lab run on it, a broker killed in mid-check, all taken down.

The images are stand-ins (see engine.py). Not tested: the official images' own entry points, users and folder rights.
"""

import json
import os
import subprocess
import sys

import pytest
from engine import build, engine, missing

from helpers import paths
from helpers.brokers import worlds

pytestmark = [pytest.mark.compose, pytest.mark.slow, pytest.mark.skipif(bool(missing()), reason=missing())]


def helpers(env, *words, status=0):
    done = subprocess.run([sys.executable, "-m", "helpers", *words], cwd=paths.ROOT, env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == status, f"{' '.join(words)}: {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


def traces():
    """What an engine could leave on the machine: interfaces, firewall rules, its processes."""
    rules = subprocess.run(["iptables-save"], capture_output=True, text=True).stdout
    names = subprocess.run(["ps", "-eo", "comm"], capture_output=True, text=True).stdout.split()
    return (sorted(os.listdir("/sys/class/net")),
            sorted(line for line in rules.splitlines() if line.startswith("-A")),
            sorted(name for name in names if name.startswith(("dockerd", "containerd", "docker-proxy"))))


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder, before = tmp_path_factory.mktemp("compose"), traces()
    with engine(folder) as docker, worlds.entered(folder) as own:
        build(folder, docker)
        env = {**os.environ, **own, **docker, "BROKERS": "compose", "COMPOSE_PROJECT_NAME": f"workbook-{os.getpid()}"}
        try:
            helpers(env, "up")
            yield env
        finally:
            helpers(env, "down")
            left = subprocess.run(["docker", "ps", "-aq"], env=env, capture_output=True, text=True).stdout
    assert left == "", "a container stayed"
    assert traces() == before


def states(env):
    return {(each["name"], each["instance"]): each for each in map(json.loads, helpers(env, "status", "--json").splitlines())}


def test_the_three_brokers_run_in_containers(world):
    found = states(world)
    assert {name for name, _ in found} == {"rabbitmq", "kafka", "redis"}
    for each in found.values():
        assert (each["provider"], each["state"]) == ("compose", "running"), each
        assert each["version"], each


def test_lab_07_is_solved_on_it(world):
    told = helpers(world, "check", "07", "solutions/07_rabbitmq_consumer/consumer.py")
    assert "PASS" in told


def test_a_lab_kills_its_broker_and_it_comes_back_with_everything(world):
    told = helpers(world, "check", "04", "solutions/04_rabbitmq_producer/producer.py", "--scenario", "broker-killed")
    assert "PASS" in told
    told = helpers(world, "check", "04", "solutions/04_rabbitmq_producer/wrong/no_confirms.py", "--scenario", "broker-killed", status=1)
    assert "no-confirms" in told


def test_what_was_confirmed_survives_kill_9(world):
    import pika

    port = world["RABBITMQ_PORT"]
    parameters = pika.URLParameters(f"amqp://guest:guest@127.0.0.1:{port}/")
    connection = pika.BlockingConnection(parameters)
    channel = connection.channel()
    channel.confirm_delivery()
    channel.queue_declare("kept", durable=True)
    for n in range(100):
        channel.basic_publish("", "kept", str(n).encode(), pika.BasicProperties(delivery_mode=2), mandatory=True)
    helpers(world, "kill", "rabbitmq")
    assert states(world)["rabbitmq", "main"]["state"] == "stopped"
    helpers(world, "up", "rabbitmq")
    connection = pika.BlockingConnection(parameters)
    assert connection.channel().queue_declare("kept", passive=True).method.message_count == 100
    connection.close()
