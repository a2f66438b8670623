"""The stage on Kafka, against the running broker: filled, counted, evicted, removed."""

import asyncio
import random
import threading
import time
import uuid
from pathlib import Path

import pytest
from kafka import KafkaConsumer, KafkaProducer

from helpers.bench.kafka_link import Link
from helpers.bench.lab import Lab
from helpers.bench.run import draw_orders
from helpers.bench.lab import Scenario
from helpers.bench.stage_kafka import KafkaStage, remove_leftovers
from helpers.wire.events import Journal
from helpers.wire.tap import Tap

pytestmark = pytest.mark.broker
LAB = Lab("x", "kafka", ("consumer",), (), ("?", "", ""), "", orders=12, name="99_test", folder=Path())


@pytest.fixture
def opened(brokers_up):
    """(stage, tap, journal); the tap runs in a thread of its own."""
    stage = KafkaStage(LAB, brokers_up["kafka"], random.Random())
    began = time.monotonic()
    stage.open()
    assert time.monotonic() - began < 3  # 0.1 s on a quiet machine
    journal = Journal()
    tap = Tap(actor="consumer", upstream=stage.upstream(), journal=journal, decoder=stage.decoder)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(tap.start(), loop).result(10)
    yield stage, tap, journal
    asyncio.run_coroutine_threadsafe(tap.close(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    stage.close()
    with Link(*stage.upstream()) as link:
        assert stage._topic not in link.topics()


def orders() -> list[dict]:
    return draw_orders(LAB, Scenario("calm", ""), 1)


def consumer(stage: KafkaStage, tap: Tap, **more) -> KafkaConsumer:
    env = stage.environment(tap.port)
    return KafkaConsumer(env["TOPIC"], bootstrap_servers=env["KAFKA_BOOTSTRAP"], group_id=env["GROUP"],
                         auto_offset_reset="earliest", enable_auto_commit=False, **more)


def test_filled_consumed_counted(opened):
    stage, tap, journal = opened
    accepted: list[str] = []
    stage.fill(tap.port, orders(), accepted.append)
    assert accepted == [o["id"] for o in orders()]
    assert [e.order for e in journal.events if e.kind == "confirmed"] == accepted
    assert {e.pos["partition"] for e in journal.events if e.kind == "confirmed"} == {0, 1, 2}
    assert sorted(stage.census(lambda: 12).left) == sorted(accepted)
    client = consumer(stage, tap)
    done = []
    for record in client:
        done.append(next(o["id"] for o in orders() if o["id"].encode() in record.value))
        client.commit()
        if len(done) == 5:
            break
    client.close(autocommit=False)
    census = stage.census(lambda: 7)
    assert sorted(census.left) == sorted(set(accepted) - set(done))
    assert all(m.meta["headers"]["content_type"] == b"application/json" and m.meta["key"] for m in census.messages[census.main])


@pytest.mark.timed
def test_a_dead_member_is_evicted(opened):
    """Its place is free at once, although its session would go on for 45 seconds."""
    stage, tap, journal = opened
    stage.fill(tap.port, orders(), lambda _: None)
    dead = consumer(stage, tap)
    assert dead.poll(5000)
    for link in list(tap.links):
        asyncio.run_coroutine_threadsafe(_sever(tap), link._tap._server.get_loop()).result(10)
        break
    stage.evict("consumer")
    began = time.monotonic()
    successor = consumer(stage, tap)
    while not successor.poll(1000):
        assert time.monotonic() - began < 20
    assert time.monotonic() - began < 10
    assert len(successor.assignment()) == 3
    successor.close(autocommit=False)
    dead.close(autocommit=False)


async def _sever(tap: Tap) -> None:
    tap.sever()


def test_what_a_group_has_committed_in_a_retry_topic_stands_there_no_more(opened):
    stage, tap, journal = opened
    env, ids = stage.environment(tap.port), [o["id"] for o in orders()]
    retries = f"{env['TOPIC']}-retry"
    with Link(*stage.upstream()) as link:
        link.create_topic(retries, 1)
    with KafkaProducer(bootstrap_servers=env["KAFKA_BOOTSTRAP"]) as producer:
        for order in ids[:3]:
            producer.send(retries, order.encode()).get(10)
    client = KafkaConsumer(retries, bootstrap_servers=env["KAFKA_BOOTSTRAP"], group_id="later-" + env["GROUP"],
                           auto_offset_reset="earliest", enable_auto_commit=False)
    for record in client:
        client.commit()
        if record.offset == 1:
            break
    client.close(autocommit=False)
    assert stage.census(lambda: 0).places[retries] == ids[2:3]


def test_a_topic_is_made_when_the_broker_knows_it(brokers_up):
    """Kafka's answer comes some milliseconds before that: 1 of 1,500 descriptions right behind it found no topic."""
    class Late(Link):
        asked = 0

        def topics(self, names=None):
            self.asked += 1
            return super().topics(names) if self.asked > 2 else {}

    name = f"late-{uuid.uuid4().hex[:8]}"
    with Late(brokers_up["kafka"].host, brokers_up["kafka"].port) as link:
        link.create_topic(name, 2)
        assert link.asked >= 3, "it waits until it is there"
        assert link.topics([name]) == {name: 2}
        link.delete_topics([name])


def test_topics_of_dead_runs_are_removed(brokers_up):
    server = brokers_up["kafka"]
    name = "orders-test-4000000-123"  # no process has that number
    with Link(server.host, server.port) as link:
        link.create_topic(name, 1)
        assert name in remove_leftovers(server)
