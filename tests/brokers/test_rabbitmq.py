"""The census of RabbitMQ: virtual hosts, queues, depth, drain; and a spare beside the shared server."""

import pika
import pytest

from helpers import brokers
from helpers.brokers import rabbitmq as census

pytestmark = pytest.mark.broker


@pytest.fixture
def vhost(rabbitmq):
    """A virtual host of one test."""
    admin = census.Admin(rabbitmq)
    admin.create_vhost("test/census")
    yield rabbitmq.url(vhost="test/census")
    admin.delete_vhost("test/census")
    admin.delete_vhost("test/census")
    assert "test/census" not in admin.vhosts()


def test_virtual_hosts_come_and_go(rabbitmq, vhost):
    admin = census.Admin(rabbitmq)
    admin.create_vhost("test/census")
    assert {"/", "test/census"} <= set(admin.vhosts())
    assert admin.queues("test/census") == [] and admin.queues("never made") == []
    assert admin.overview()["rabbitmq_version"] == rabbitmq.version()


@pytest.mark.parametrize("kind", ["classic", "quorum"])
def test_depth_and_drain(vhost, kind):
    assert census.depth(vhost, "orders") is None
    connection = pika.BlockingConnection(pika.URLParameters(vhost))
    channel = connection.channel()
    channel.confirm_delivery()
    channel.queue_declare("orders", durable=True, arguments={"x-queue-type": kind})
    for n in range(5):
        properties = pika.BasicProperties(message_id=str(n), delivery_mode=2)
        channel.basic_publish("", "orders", f"order {n}".encode(), properties, mandatory=True)
    assert census.depth(vhost, "orders") == 5
    assert census.Admin(brokers.server("rabbitmq")).queues("test/census")[0]["type"] == kind
    taken = census.drain(vhost, "orders")
    assert [message.body for message in taken] == [f"order {n}".encode() for n in range(5)]
    assert [message.properties.message_id for message in taken] == list("01234")
    assert not any(message.redelivered for message in taken)
    assert census.depth(vhost, "orders") == 0
    connection.close()


def test_an_admin_fault_is_told(rabbitmq):
    with pytest.raises(brokers.BrokerError, match="405|404"):
        census.Admin(rabbitmq).request("DELETE", "/overview")


@pytest.mark.slow
def test_a_spare_dies_alone(world):
    main, spare = brokers.server("rabbitmq"), brokers.server("rabbitmq", instance="spare")
    main.up()
    spare.up()
    assert not set(main.pids()) & set(spare.pids()) and main.folder != spare.folder
    pid = main.status().pid
    spare.kill()
    assert main.status().pid == pid and main.status().state == "running"
    spare.up()
    brokers.down(["rabbitmq"])
    assert not main.pids() and not spare.pids()


def test_an_unknown_name_or_instance_is_told():
    with pytest.raises(brokers.BrokerError, match="rabbitmq, kafka, redis"):
        brokers.server("activemq")
    with pytest.raises(brokers.BrokerError, match="only: main"):
        brokers.server("redis", instance="spare")
