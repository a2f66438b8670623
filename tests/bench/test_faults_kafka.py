"""Every fault at every moment, on a real Kafka: it fires, and what the guarantee promises of a right program holds."""

import pytest
from calling import Bench

CONSUMER = '''
import json, os
from kafka import KafkaConsumer
from shop import charge
consumer = KafkaConsumer(os.environ["TOPIC"], bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"], group_id=os.environ["GROUP"],
                         auto_offset_reset="earliest", enable_auto_commit=False)
for record in consumer:
    charge(json.loads(record.value))
    consumer.commit()
'''
DOUBLES = {"none": 0, "kill-charged": 1, "kill-before-ack": 1, "kill-after-ack": 0, "kill-idle": 0, "pause": 0, "drop-ack": 0}

pytestmark = pytest.mark.broker


@pytest.fixture
def bench(tmp_path, kafka):
    return Bench(tmp_path)


@pytest.mark.parametrize("scenario", DOUBLES)
def test_a_right_consumer_keeps_all_and_charges_twice_only_what_was_not_committed(bench, scenario):
    report = bench.check("96", CONSUMER, "--scenario", scenario)
    assert (report.verdict, len(report.orders.duplicated)) == ("pass", DOUBLES[scenario]), report.reason
    assert all(fault.fired for fault in report.faults)
    assert len(report.orders.charged) == 12 and report.orders.lost == []
    assert report.programs[0].starts == (2 if scenario.startswith("kill") else 1)


def test_a_cut_connection(bench):
    """kafka-python connects again by itself; a commit that was on its way is sent once more, or the order is charged again."""
    report = bench.check("96", CONSUMER, "--scenario", "reset")
    assert report.verdict == "pass" and len(report.orders.duplicated) <= 1, report.reason


def test_a_second_process_takes_over(bench):
    """The first leaves at a deployment; what it has not committed the second one charges."""
    report = bench.check("96", CONSUMER, "--scenario", "join-and-leave")
    assert report.verdict == "pass" and len(report.orders.charged) == 12, report.reason
    assert [p.role for p in report.programs] == ["consumer", "consumer-2"]


FORGETFUL = CONSUMER.replace("    consumer.commit()\n", "")
ELSEWHERE = '''
import json, os, pathlib
from kafka import KafkaConsumer, TopicPartition
from shop import charge
topic, state = os.environ["TOPIC"], pathlib.Path(os.environ["STATE_DIR"])
consumer = KafkaConsumer(bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"], auto_offset_reset="earliest")
places = [TopicPartition(topic, p) for p in consumer.partitions_for_topic(topic)]
consumer.assign(places)
for place in places:
    if (file := state / str(place.partition)).exists():
        consumer.seek(place, int(file.read_text()))
for record in consumer:
    charge(json.loads(record.value))
    (state / str(record.partition)).write_text(str(record.offset + 1))
'''


def test_a_fault_at_a_commit_comes_about_without_one(bench):
    """Who never commits may keep the position elsewhere; only what happens after the kill tells them apart."""
    kept = bench.check("96", ELSEWHERE, "--scenario", "kill-after-ack")
    assert (kept.verdict, kept.orders.duplicated, kept.faults[0].fired) == ("pass", [], True), kept.reason
    forgotten = bench.check("96", FORGETFUL, "--scenario", "kill-after-ack")
    assert [f.name for f in forgotten.findings if f.severity == "cause"] == ["no-commit"], forgotten.reason
