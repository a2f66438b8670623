"""Every fault at every moment, on a real broker: it fires, and what the guarantee promises of a right program holds."""

import pytest

PRODUCER = '''
import json, os, pika
from shop import orders, accept
connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.confirm_delivery()
for order in orders():
    key = "order." + order["region"]
    try:
        channel.basic_publish(os.environ["EXCHANGE"], key, json.dumps(order), pika.BasicProperties(delivery_mode=2), mandatory=True)
    except pika.exceptions.UnroutableError:
        continue
    accept(order)
connection.close()
'''

DOUBLES = {"kill-charged": 1, "kill-before-ack": 1, "kill-after-ack": 0, "kill-idle": 0, "none": 0, "drop-ack": 1}
PRODUCED_TWICE = {"none": 0, "kill-published": 1, "kill-before-confirm": 1, "kill-accepted": 0, "reset-before-publish": 0,
                  "reset-before-confirm": 1, "drop-confirm": 1}


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
@pytest.mark.parametrize("scenario", PRODUCED_TWICE)
def test_a_right_producer_loses_nothing_it_accepted(bench, scenario):
    report = bench.check("91", PRODUCER, "--scenario", scenario)
    assert report.verdict == "pass", report.reason
    assert all(fault.fired for fault in report.faults)
    assert (len(report.orders.accepted), len(report.orders.duplicated)) == (12, PRODUCED_TWICE[scenario])


@pytest.mark.broker
def test_an_order_that_no_queue_takes_need_not_be_accepted_and_must_not_be(bench):
    right = bench.check("91", PRODUCER, "--scenario", "unroutable")
    assert right.verdict == "pass" and len(right.orders.accepted) == 11 and right.faults[0].fired, right.reason
    careless = bench.check("91", PRODUCER.replace(", mandatory=True", ""), "--scenario", "unroutable")
    assert careless.verdict == "fail" and careless.cause.name == "not-mandatory"
    assert [careless.numbers[order] for order in careless.orders.lost] == [5]


@pytest.mark.broker
def test_a_promise_given_before_the_confirm_is_found_out(bench):
    hasty = PRODUCER.replace("channel.confirm_delivery()\n", "")
    report = bench.check("91", hasty, "--scenario", "reset-before-publish")
    assert (report.verdict, report.cause and report.cause.name) == ("fail", "no-confirms"), report.reason
    assert report.cause.proof[-1].text.endswith("confirmed")


@pytest.mark.broker
def test_an_order_that_was_never_promised_is_not_done(bench):
    report = bench.check("91", PRODUCER.replace("accept(order)", "if order['n'] != 3: accept(order)"), "--scenario", "none")
    assert report.verdict == "fail", report.reason
    assert [report.numbers[order] for order in report.orders.never_accepted] == [3]


@pytest.mark.broker
def test_a_second_process_joins_and_the_first_leaves(bench, consumer):
    report = bench.check("90", consumer("import time; time.sleep(0.05); charge(json.loads(body)); channel.basic_ack(method.delivery_tag)"),
                         "--scenario", "join-and-leave")
    assert report.verdict == "pass", report.reason
    assert [p.role for p in report.programs] == ["consumer", "consumer-2"]
    assert all(fault.fired for fault in report.faults) and len(report.orders.charged) == 12


@pytest.mark.broker
@pytest.mark.slow
def test_the_broker_is_killed_and_the_shared_one_is_not_touched(bench, consumer, rabbitmq):
    before = rabbitmq.status().pid
    report = bench.check("92", consumer())
    assert report.verdict == "pass", report.reason
    assert report.faults[0].fired and report.orders.lost == []
    assert rabbitmq.status().pid == before


@pytest.mark.broker
def test_a_silent_network_is_waited_for(bench):
    report = bench.check("91", PRODUCER, "--scenario", "silence")
    assert (report.verdict, report.programs[0].starts, report.orders.duplicated) == ("pass", 1, []), report.reason


@pytest.mark.broker
def test_what_is_promised_while_the_network_is_silent_is_lost_with_the_process(bench):
    """The fourth got through: the silence begins behind it. Of the next four nothing is to be seen; how the first were sent
    says why they are lost."""
    hasty = PRODUCER.replace("channel.confirm_delivery()\n", "")
    report = bench.check("91", hasty, "--scenario", "silence-kill")
    assert (report.verdict, report.cause and report.cause.name) == ("fail", "no-confirms"), report.reason
    assert [report.numbers[order] for order in report.orders.lost] == [5, 6, 7, 8]


@pytest.mark.broker
def test_who_knows_what_has_no_place_need_not_try_it(bench):
    knows = PRODUCER.replace("    try:", "    if order['region'] == 'moon':\n        continue\n    try:")
    report = bench.check("91", knows, "--scenario", "unroutable")
    assert report.verdict == "pass" and report.faults[0].fired, report.reason
