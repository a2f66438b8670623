"""What lessons 3 and 4 lean on: ears on a line, programs that can be killed, spares on loan."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pika
import pytest
import redis
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition

from helpers import brokers, paths
from helpers.notebook.borrowed import spare
from helpers.notebook.overhear import amqp_frames, dump, overhear
from helpers.notebook.parts import wait_until
from helpers.notebook.running import running


@pytest.mark.broker
def test_amqp_is_overheard_frame_by_frame(rabbitmq):
    with overhear(rabbitmq.url()) as line, pika.BlockingConnection(pika.URLParameters(line.url)) as connection:
        connection.channel().basic_publish("", "nobody", b"green tea", pika.BasicProperties(message_id="o-1"))
    names = [name for name, _ in amqp_frames(line.sent)]
    at = names.index("Basic.Publish")
    assert names[at:at + 3] == ["Basic.Publish", "Header", "Body"]
    assert b"o-1" in amqp_frames(line.sent)[at + 1][1] and b"green tea" in amqp_frames(line.sent)[at + 2][1]
    assert sum(len(raw) for _, raw in amqp_frames(line.sent)) == len(line.sent) - 8
    assert line.received


@pytest.mark.broker
def test_kafka_does_not_go_past_the_ears_and_a_lost_answer_is_sent_again(brokers_up):
    bootstrap, topic = brokers_up["kafka"].url(), f"test-overhear-{os.getpid()}-{time.time_ns()}"
    for settings, copies in (({"enable_idempotence": False}, 2), ({}, 3)):
        with overhear(bootstrap) as line:
            producer = KafkaProducer(bootstrap_servers=line.url, **settings)
            producer.partitions_for(topic)
            line.lose_answer(b"green tea")
            producer.send(topic, b"green tea").get(timeout=20)
            producer.close(timeout=5)
            assert line.sent.count(b"green tea") == 2
        consumer = KafkaConsumer(bootstrap_servers=bootstrap)
        assert consumer.end_offsets([TopicPartition(topic, 0)])[TopicPartition(topic, 0)] == copies
        consumer.close()
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    admin.delete_topics([topic])
    admin.close()


@pytest.mark.broker
def test_only_the_marked_answer_is_lost(brokers_up):
    key = f"test-overhear-{os.getpid()}"
    with overhear(brokers_up["redis"].url()) as line, redis.Redis.from_url(line.url) as client:
        client.set(key, "1")
        line.lose_answer(b"INCR")
        with pytest.raises(redis.ConnectionError):
            client.incr(key)
        assert client.get(key) == b"2"  # it had reached the broker, and the next connection is sound
        client.delete(key)


def test_a_dump_shows_bytes_and_letters_and_says_what_it_left_out():
    text = dump(b"green tea\r\n" + bytes(range(40)), rows=2)
    first, second, rest = text.splitlines()
    assert first.strip().startswith("0  67 72 65 65 6e 20") and first.endswith("  green tea·······")
    assert len(first) == len(second) and "19 more bytes" in rest


def program(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "program.py"
    file.write_text(text)
    return file


def test_a_program_is_waited_for_and_told_to_end(tmp_path):
    text = "import os, signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(3))\nprint('up', os.environ['X'])\nsignal.pause()\n"
    with running(program(tmp_path, text), X="7") as started:
        started.wait_for("up 7")
        assert started.terminate() < 10 and started.process.returncode == 3
    with running(program(tmp_path, text), X="7") as started:
        started.wait_for("up 7")
    assert started.process.returncode == -signal.SIGKILL


def test_a_program_that_ends_early_says_why(tmp_path):
    with running(program(tmp_path, "raise ValueError('no such queue')")) as started, pytest.raises(RuntimeError, match="no such queue"):
        started.wait_for("up")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_no_program_outlives_a_killed_kernel(tmp_path):
    """The signal is tied to the parent's death, whatever kills it."""
    child = program(tmp_path, "import time\nprint('up', flush=True)\ntime.sleep(60)\n")
    parent = f"from helpers.notebook.running import Running\nr = Running({str(child)!r})\nr.wait_for('up')\nprint(r.process.pid, flush=True)\ninput()"
    kernel = subprocess.Popen([sys.executable, "-c", parent], cwd=paths.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    pid = int(kernel.stdout.readline())
    kernel.kill()
    kernel.wait()

    def gone():
        try:
            return "State:\tZ" in Path(f"/proc/{pid}/status").read_text()
        except OSError:
            return True

    assert wait_until(gone, 10)


@pytest.mark.broker
@pytest.mark.slow
def test_a_spare_is_given_back_running_and_empty(rabbitmq):
    with spare("rabbitmq") as broker:
        with pika.BlockingConnection(pika.URLParameters(broker.url)) as connection:
            connection.channel().queue_declare("orders", durable=True)
        assert "orders" in broker.ctl("list_queues", "-p", broker.url.rpartition("/")[2], "name")
        broker.ctl("set_vm_memory_high_watermark", "absolute", "1MiB")
        broker.kill()
    server = brokers.server("rabbitmq", "spare")
    assert server.status().state == "running"
    with pytest.raises(pika.exceptions.AMQPError):  # its virtual host is gone
        pika.BlockingConnection(pika.URLParameters(broker.url))
    with pika.BlockingConnection(pika.URLParameters(server.url())) as connection:  # and no alarm holds publishers up
        channel = connection.channel()
        channel.confirm_delivery()
        channel.queue_declare("", exclusive=True)
        channel.basic_publish("", "nobody", b"x")
