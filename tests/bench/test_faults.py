"""Every fault at every moment, on a real broker: it fires, and what the guarantee promises of a right program holds."""

import pytest

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

DOUBLES = { "kill-charged": 1, "kill-before-ack": 1, "kill-after-ack": 0, "kill-idle": 0, "none": 0}


@pytest.mark.broker
@pytest.mark.parametrize("scenario", DOUBLES)
def test_a_right_consumer_keeps_all_and_charges_twice_only_what_was_not_acknowledged(bench, consumer, scenario):
    report = bench.check("90", consumer(), "--scenario", scenario)
    assert (report.verdict, len(report.orders.duplicated)) == ("pass", DOUBLES[scenario]), report.reason
    assert all(fault.fired for fault in report.faults)
    assert len(report.orders.charged) == 12 and report.orders.lost == []
    assert report.programs[0].starts == (1 if scenario == "none" else 2)


@pytest.mark.broker
def test_killed_while_orders_are_on_their_way(bench, consumer):
    report = bench.check("90", consumer(), "--scenario", "kill-delivered")
    assert report.verdict == "pass" and len(report.orders.duplicated) <= 1, report.reason


@pytest.mark.broker
def test_a_reset_connection_is_no_error_of_the_program(bench, consumer):
    report = bench.check("90", consumer(), "--scenario", "reset")
    assert report.verdict == "pass" and report.programs[0].starts == 2, report.reason


@pytest.mark.broker
def test_a_pause_is_survived_by_the_same_process(bench, consumer):
    report = bench.check("90", consumer(), "--scenario", "pause")
    assert report.verdict == "pass" and report.programs[0].starts == 1, report.reason


@pytest.mark.broker
def test_a_fault_that_never_came_about_proves_nothing(bench, consumer):
    report = bench.check("90", consumer(), "--scenario", "never")
    assert report.verdict == "unknown" and "never came about" in report.reason


@pytest.mark.broker
def test_the_same_seed_draws_the_same_orders_and_another_one_others(bench, consumer):
    drawn = [bench.check("90", consumer(), "--scenario", "none", "--seed", seed).numbers for seed in ("7", "7", "8")]
    assert drawn[0] == drawn[1] and not set(drawn[0]) & set(drawn[2])


@pytest.mark.broker
@pytest.mark.parametrize(("scenario", "doubles"), [("none", 0), ("kill-published", 1), ("kill-before-confirm", 1)])
def test_a_right_producer_loses_nothing_it_accepted(bench, scenario, doubles):
    report = bench.check("91", PRODUCER, "--scenario", scenario)
    assert report.verdict == "pass", report.reason
    assert len(report.orders.accepted) == 12 and len(report.orders.duplicated) == doubles


@pytest.mark.broker
@pytest.mark.slow
def test_the_broker_is_killed_and_the_shared_one_is_not_touched(bench, consumer, rabbitmq):
    before = rabbitmq.status().pid
    report = bench.check("92", consumer())
    assert report.verdict == "pass", report.reason
    assert report.faults[0].fired and report.orders.lost == []
    assert rabbitmq.status().pid == before
