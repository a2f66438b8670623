"""A lesson's own place in the brokers: it is there, it is the same until it is closed, and nothing of it is left."""

import json
import subprocess
import sys

import nbformat
import psutil
import pytest
import redis
from kafka import KafkaAdminClient
from nbclient import NotebookClient

from helpers import brokers, paths
from helpers.brokers.rabbitmq import Admin
from helpers.notebook import place

pytestmark = pytest.mark.broker


def names_with(prefix: str) -> list[str]:
    """All that the three brokers hold under a prefix."""
    admin = Admin(brokers.server("rabbitmq"))
    kafka = KafkaAdminClient(bootstrap_servers=brokers.server("kafka").url())
    client = redis.Redis.from_url(brokers.server("redis").url(), decode_responses=True)
    found = [*admin.vhosts(), *(u["name"] for u in admin.request("GET", "/users?columns=name")), *kafka.list_topics(),
             *(g["group_id"] for g in kafka.list_groups()), *client.scan_iter("*", count=1000)]
    kafka.close()
    client.close()
    admin.close()
    return [name for name in found if name.startswith(prefix)]


FILL = """
import pika, redis
from kafka import KafkaProducer, KafkaConsumer
from helpers.notebook import lesson
mine = lesson("trial")
with pika.BlockingConnection(pika.URLParameters(mine.amqp)) as connection:
    connection.channel().queue_declare("orders", durable=True)
topic = mine.topic("orders")
producer = KafkaProducer(bootstrap_servers=mine.kafka)
producer.send(topic, b"1").get(10)
consumer = KafkaConsumer(topic, bootstrap_servers=mine.kafka, group_id=mine.topic("group"), auto_offset_reset="earliest")
next(consumer)
consumer.commit()
consumer.close()
redis.Redis.from_url(mine.redis).rpush(mine.key("orders"), "1")
private = mine.private_redis()
"""


def test_it_is_the_same_until_closed_and_nothing_is_left(brokers_up):
    space = {}
    exec(FILL, space)
    mine, private = space["mine"], space["private"]
    assert place.lesson("trial") is mine
    assert len(names_with(mine.prefix)) == 4
    assert len({mine.topic("orders") for _ in range(5)}) == 5
    mine.close()
    mine.close()
    assert names_with(mine.prefix) == [] and private.pid is None and not private.folder.exists()
    assert not place._record(mine.prefix).exists()
    other = place.lesson("trial")
    assert other is not mine and other.prefix != mine.prefix
    other.close()


@pytest.mark.parametrize("ending", ["", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"])
def test_what_an_ended_kernel_left_is_swept(brokers_up, ending):
    told = "\nprint(mine.prefix, private.pid, private.folder, flush=True)\n"
    done = subprocess.run([sys.executable, "-c", FILL + told + ending], capture_output=True, text=True, cwd=paths.ROOT)
    prefix, pid, folder = done.stdout.split()
    if ending:
        assert len(names_with(prefix)) == 4 and psutil.pid_exists(int(pid))
        place.lesson("another").close()
    assert names_with(prefix) == []
    assert not psutil.pid_exists(int(pid)) or psutil.Process(int(pid)).status() == psutil.STATUS_ZOMBIE
    assert not place._record(prefix).exists()


def test_users_of_the_lesson_go_with_it(brokers_up):
    mine = place.lesson("trial")
    admin = Admin(brokers.server("rabbitmq"))
    admin.request("PUT", f"/users/{mine.prefix}-shop", {"password": "x", "tags": ""})
    mine.close()
    assert names_with(mine.prefix) == []
    admin.close()


def test_a_broker_that_is_down_is_told_before_each_cell(brokers_up, capsys, monkeypatch):
    mine = place.lesson("trial")
    mine._look()
    assert capsys.readouterr().out == ""
    monkeypatch.setattr(type(mine._servers["kafka"]), "port", 1)
    mine._look()
    assert "Kafka is down. Run the lesson's first code cell again" in capsys.readouterr().out
    monkeypatch.undo()
    mine.close()


DOWN_MEANWHILE = (
    "from helpers.brokers import probes\nfrom helpers.notebook import lesson\nplace, real = lesson('trial'), probes.listens",
    "probes.listens = lambda port: False",
    "1 / 0",
    "probes.listens = real\nplace.close()",
)


def test_what_to_do_stands_below_the_traceback_as_well(brokers_up):
    node = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in DOWN_MEANWHILE])
    NotebookClient(node, timeout=60, allow_errors=True, resources={"metadata": {"path": str(paths.ROOT)}}).execute()
    assert [output.output_type for output in node.cells[2].outputs] == ["stream", "error", "stream"]
    assert "RabbitMQ is down. Run the lesson's first code cell again" in node.cells[2].outputs[-1].text


def test_the_record_names_its_owner(brokers_up):
    mine = place.lesson("trial")
    assert place.owner_lives(json.loads(place._record(mine.prefix).read_text())["owner"])
    mine.close()
