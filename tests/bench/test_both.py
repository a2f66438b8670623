"""Labs of two programs: each is judged for its own part."""

import json
import subprocess

import pytest

from helpers.bench.report import Report

PRODUCER = '''
import json, os, pika
from shop import orders, accept
connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.confirm_delivery()
for order in orders():
    channel.basic_publish("", os.environ["QUEUE"], json.dumps(order), pika.BasicProperties(delivery_mode=2), mandatory=True)
    accept(order)
connection.close()
'''
HASTY = PRODUCER.replace("channel.confirm_delivery()\n", "")
AUTO_ACK = '''
import json, os, pika
from shop import charge
channel = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"])).channel()
channel.basic_consume(os.environ["QUEUE"], lambda c, method, p, body: charge(json.loads(body)), auto_ack=True)
channel.start_consuming()
'''


@pytest.fixture
def check(bench, consumer):
    def run(scenario: str, producer: str = PRODUCER, source: str | None = None) -> Report:
        files = {"producer": bench.folder / "producer.py", "consumer": bench.folder / "consumer.py"}
        files["producer"].write_text(producer)
        files["consumer"].write_text(source or consumer())
        words = bench.command("94", None, *(f"--{role}={path}" for role, path in files.items()), "--scenario", scenario, "--json")
        done = subprocess.run(words, env=bench.env, text=True, capture_output=True, timeout=120)
        assert done.stdout, done.stderr
        assert bench.left() == []
        return Report.from_dict(json.loads(done.stdout))
    return run


@pytest.mark.broker
@pytest.mark.parametrize("scenario", ["none", "both-killed", "cut"])
def test_two_right_programs_lose_nothing(check, scenario):
    report = check(scenario)
    assert report.verdict == "pass", report.reason
    assert all(fault.fired for fault in report.faults)
    assert len(report.orders.charged) == 12 and report.orders.never_accepted == []


@pytest.mark.broker
def test_what_never_arrived_is_the_producers_loss(check):
    report = check("cut", producer=HASTY)
    assert (report.verdict, report.cause and report.cause.name) == ("fail", "no-confirms"), report.reason
    lost = [report.numbers[order] for order in report.orders.lost]
    # And whatever stood unread in the broker's socket when the connection broke: nobody had answered for that either.
    assert lost[-1] == 5 and lost == [*range(lost[0], 6)]


@pytest.mark.broker
def test_what_was_delivered_is_the_consumers_loss(check):
    report = check("both-killed", source=AUTO_ACK)
    assert (report.verdict, report.cause and report.cause.name) == ("fail", "auto-ack"), report.reason
