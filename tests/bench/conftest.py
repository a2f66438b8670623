"""Fixtures of the bench's tests."""

import pytest
from calling import Bench

CONSUMER = '''
import json, os, pika
from shop import charge
connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.basic_qos(prefetch_count=4)
def on_order(channel, method, properties, body):
    {work}
channel.basic_consume(os.environ["QUEUE"], on_order)
channel.start_consuming()
'''


@pytest.fixture
def consumer():
    """The source of a consumer that does `work` with each message."""
    return lambda work='charge(json.loads(body)); channel.basic_ack(method.delivery_tag)': CONSUMER.replace("{work}", work)


@pytest.fixture
def bench(tmp_path, rabbitmq):
    return Bench(tmp_path)
