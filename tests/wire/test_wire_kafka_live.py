"""kafka-python through the tap to a live Kafka, with things kept back."""

import asyncio
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from kafka import KafkaConsumer, KafkaProducer
from kafka_sessions import ORDERS, body

from helpers import brokers
from helpers.wire.actions import DROP, Before
from helpers.wire.events import Event, Journal
from helpers.wire.kafka import Kafka
from helpers.wire.kafka_book import Book
from helpers.wire.tap import Tap

pytestmark = pytest.mark.broker


@pytest.fixture
def kafka(brokers_up) -> tuple[str, int]:
    server = brokers.server("kafka")
    return server.host, server.port


def through(upstream: tuple[str, int], session: Callable[[str, str], Any], hook: Callable[[Tap, Event], Any],
            ) -> tuple[list[Event], Any]:
    """The events of a session, and what it returned."""

    async def run() -> tuple[list[Event], Any]:
        book, journal = Book(), Journal()
        tap = Tap(actor="client", upstream=upstream, journal=journal, decoder=lambda: Kafka(book), hook=lambda e: hook(tap, e))
        await tap.start()
        result = await asyncio.to_thread(session, f"127.0.0.1:{tap.port}", f"wire-{uuid.uuid4().hex[:8]}")
        await tap.close()
        assert tap.incomplete == []
        return journal.events, result

    return asyncio.run(run())


def produce(bootstrap: str, topic: str) -> None:
    producer = KafkaProducer(bootstrap_servers=bootstrap)
    for order in ORDERS:
        producer.send(topic, body(order), partition=0).get(10)
    producer.close()


def consumer(bootstrap: str, topic: str) -> KafkaConsumer:
    return KafkaConsumer(topic, bootstrap_servers=bootstrap, group_id=topic, auto_offset_reset="earliest",
                         enable_auto_commit=False)


@pytest.mark.timed
def test_a_dropped_commit_costs_no_time_and_the_next_one_covers_it(kafka):
    def session(bootstrap: str, topic: str) -> tuple[int | None, float]:
        produce(bootstrap, topic)
        client = consumer(bootstrap, topic)
        began = time.monotonic()
        for seen, _ in enumerate(client, 1):
            client.commit()
            if seen == len(ORDERS):
                break
        took = time.monotonic() - began
        place = next(iter(client.assignment()))
        committed = client.committed(place)
        client.close(autocommit=False)
        return committed, took

    doomed = {ORDERS[4], ORDERS[9]}

    def hook(tap: Tap, event: Event) -> Any:
        if event.kind == "acknowledged" and event.order in doomed:
            doomed.remove(event.order)
            return DROP

    events, (committed, took) = through(kafka, session, hook)
    assert committed == 9  # the tenth never reached the broker, and the program believes that it did
    assert took < 5
    acknowledged = [e.order for e in events if e.kind == "acknowledged"]
    assert acknowledged == [*ORDERS[:5], ORDERS[4], ORDERS[5], *ORDERS[6:]]


def test_a_lost_confirm_is_sent_again_and_stands_once(kafka):
    """An idempotent producer; the broker knows the batch by its sequence number."""
    lost: list[str] = []

    def hook(tap: Tap, event: Event) -> Any:
        if event.kind == "confirmed" and event.order == ORDERS[3] and not lost:
            lost.append(event.order)
            return Before(tap.reset)

    def session(bootstrap: str, topic: str) -> list[str]:
        produce(bootstrap, topic)
        client = consumer(bootstrap, topic)
        found = [record.value.decode() for _, record in zip(ORDERS, client)]
        client.close(autocommit=False)
        return found

    events, found = through(kafka, session, hook)
    assert lost and found == [body(order).decode() for order in ORDERS]
    published = [e.order for e in events if e.kind == "published"]
    assert published.count(ORDERS[3]) == 2
    again = [e.data["sequence"] for e in events if e.kind == "published" and e.order == ORDERS[3]]
    assert again[0] == again[1] >= 0
