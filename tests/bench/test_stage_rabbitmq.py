"""The stage on RabbitMQ where the programs declare the queue themselves."""

import random
import time

import pika
import pytest

from helpers import brokers
from helpers.bench import stage_rabbitmq
from helpers.bench.lab import Lab, Scenario
from helpers.bench.stage_rabbitmq import RabbitMQStage

pytestmark = pytest.mark.broker


@pytest.fixture
def stage(rabbitmq):
    lab = Lab("t", "rabbitmq", ("producer", "consumer"), (Scenario("a", "a"),), ("a?", "b", "c"), "never", declares=True, name="t")
    one = RabbitMQStage(lab, brokers.server("rabbitmq"), random.Random(1))
    one.open()
    yield one
    one.close()


def channel(stage: RabbitMQStage):
    return pika.BlockingConnection(pika.URLParameters(stage.environment(stage.server.port)["AMQP_URL"])).channel()


@pytest.mark.timed
def test_the_queue_is_only_a_name_and_its_absence_is_no_reason_to_wait(stage):
    name = stage.environment(stage.server.port)["QUEUE"]
    with pytest.raises(pika.exceptions.ChannelClosedByBroker, match="404"):
        channel(stage).queue_declare(name, passive=True)
    began = time.monotonic()
    assert stage.census(lambda: 3).left == []
    assert time.monotonic() - began < stage_rabbitmq._CENSUS_PATIENCE


@pytest.mark.parametrize("kind, waits", [("classic", False), ("quorum", True)])
def test_a_quorum_queue_that_is_young_is_given_time_before_the_node_is_killed(stage, kind, waits):
    channel(stage).queue_declare("orders", durable=True, arguments={"x-queue-type": kind})
    began = time.monotonic()
    stage.before_kill()
    assert (time.monotonic() - began >= stage_rabbitmq._YOUNG) == waits
