"""Recorded sessions of real Kafka clients: what is told, and that neither the cut of the stream nor a damaged byte matters."""

import random
from pathlib import Path

import pytest
from damage import hurt
from kafka_sessions import GROUP, ORDERS

from helpers.wire import chunks
from helpers.wire.decoder import BROKER, CLIENT, Undecodable
from helpers.wire.events import Event
from helpers.wire.kafka import Kafka
from helpers.wire.kafka_book import Book

FILES = sorted((Path(__file__).parent / "recorded" / "kafka").glob("*.tap"))
each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
each_group_client = pytest.mark.parametrize("name", ["kafka-python", "confluent-kafka", "aiokafka", "kafkajs"])


def replayed(name: str) -> list[Event]:
    book = Book()
    with (Path(__file__).parent / "recorded" / "kafka" / f"{name}.tap").open("rb") as file:
        return chunks.replay(file, lambda: Kafka(book))


def orders(events: list[Event], kind: str) -> list[str | None]:
    return [event.order for event in events if event.kind == kind]


Conversation = list[tuple[int, int, bytes]]


def said(path: Path) -> Conversation:
    """(connection, direction, bytes)"""
    with path.open("rb") as file:
        return [(chunk.conn, chunk.what, chunk.data) for chunk in chunks.read(file) if chunk.what in (CLIENT, BROKER)]


def relay(conversation: Conversation) -> tuple[list[tuple], dict[tuple[int, int], bytes]]:
    """What a tap without faults tells and forwards. Any exception but Undecodable is the decoder's own fault."""
    book = Book()
    decoders: dict[int, Kafka] = {}
    seen: list[tuple] = []
    out: dict[tuple[int, int], bytearray] = {}
    raw: set[int] = set()
    for conn, direction, data in conversation:
        if conn not in decoders:
            decoders[conn] = Kafka(book)
            decoders[conn].conn = conn
        decoder = decoders[conn]
        each = out.setdefault((conn, direction), bytearray())
        if conn in raw:
            each += data
            continue
        try:
            for unit in decoder.feed(direction, data):
                seen += [(o.kind, o.order, o.pos, o.frame, o.data) for o in unit.observations]
                each += unit.raw
        except Undecodable:
            raw.add(conn)
            for way in (CLIENT, BROKER):
                out.setdefault((conn, way), bytearray()).extend(decoder.rest(way))
    for conn, decoder in decoders.items():
        for way in (CLIENT, BROKER):
            out.setdefault((conn, way), bytearray()).extend(decoder.rest(way))
    return seen, {place: bytes(data) for place, data in out.items() if data}


def joined(conversation: Conversation) -> dict[tuple[int, int], bytes]:
    whole: dict[tuple[int, int], bytes] = {}
    for conn, direction, data in conversation:
        whole[conn, direction] = whole.get((conn, direction), b"") + data
    return {place: data for place, data in whole.items() if data}


def test_every_client_has_been_recorded():
    assert {path.stem for path in FILES} == {"kafka-python", "kafka-python-codecs", "kafka-python-transactions",
                                             "confluent-kafka", "aiokafka", "kafkajs"}
    assert all(path.stat().st_size <= 30_000 for path in FILES)


@each_file
def test_nothing_is_left_undecoded(path):
    events = replayed(path.stem)
    assert "undecoded" not in {event.kind for event in events}
    assert 1 < len(orders(events, "closed")) <= len(orders(events, "opened"))  # aiokafka leaves one to the end of the program
    assert {e.data["by"] for e in events if e.kind == "closed"} == {"client"}


@each_group_client
def test_clients_in_a_group(name):
    events = replayed(name)
    assert sorted(orders(events, "published")) == sorted(orders(events, "confirmed")) == sorted(ORDERS)
    assert set(orders(events, "delivered")) == set(ORDERS)
    assert sorted(filter(None, orders(events, "acknowledged"))) == sorted(ORDERS)
    places = {e.order: (e.pos["partition"], e.pos["offset"]) for e in events if e.kind == "confirmed"}
    for event in events:
        if event.kind in ("delivered", "acknowledged") and event.order:
            assert (event.pos["partition"], event.pos["offset"]) == places[event.order]
            assert event.data.get("upto", 1 << 60) > event.pos["offset"]
    subscribed = [e for e in events if e.kind == "subscribed"]
    assert subscribed[-1].data["group"] == GROUP and len(subscribed[-1].data["partitions"]) == 2
    assert [e.data["group"] for e in events if e.kind == "cancelled"] == [GROUP]
    assert [(e.data["partitions"], e.data["error"]) for e in events if e.kind == "declared"][0] == (2, None)


def test_kafka_python():
    events = replayed("kafka-python")
    first = next(e for e in events if e.kind == "published")
    assert (first.data["acks"], first.data["key"], first.data["headers"]) == (-1, ORDERS[0][-1], ["attempt"])
    assert {e.data["software"] for e in events if e.kind == "opened"} == {"kafka-python 3.0.12"}
    assert len(orders(events, "delivered")) > len(ORDERS)  # fetched again after the seek
    assert [e.data["partitions"] for e in events if e.kind == "declared"] == [2, 3]
    assert len(orders(events, "trimmed")) == 1 and len(orders(events, "purged")) == 1
    found = next(e for e in events if e.frame == "OffsetFetch")
    assert {offset for _, _, offset in found.data["offsets"]} == {-1}


def test_kafka_python_codecs():
    events = replayed("kafka-python-codecs")
    told = {e.order: (e.data["compression"], e.data["acks"]) for e in events if e.kind == "published"}
    assert [told[order][0] for order in ORDERS] == ["gzip"] * 2 + ["snappy"] * 2 + ["lz4"] * 2 + ["zstd"] * 2 + [None] * 2
    assert [told[order][1] for order in ORDERS[7:]] == [-1, 1, 0]
    assert sorted(orders(events, "confirmed")) == sorted(ORDERS[:9])  # acks=0 is never answered
    assert orders(events, "delivered")[:len(ORDERS)] == ORDERS
    assert orders(events, "acknowledged") == ORDERS and len({e.data["commit"] for e in events if e.kind == "acknowledged"}) == 1


def test_kafka_python_transactions():
    events = replayed("kafka-python-transactions")
    assert orders(events, "published") == orders(events, "confirmed") == ORDERS[:7]
    assert all(e.data["txn"] for e in events if e.kind == "published")
    assert [e.data["commit"] for e in events if e.frame == "EndTxn" and e.kind == "method"] == [True, False, True]
    assert [(e.order, e.frame, e.data["tx"]) for e in events if e.kind == "acknowledged"] == [
        (order, "EndTxn", True) for order in ORDERS[:2]]  # the aborted one's offsets do not count
    assert orders(events, "delivered") == [*ORDERS[:3], ORDERS[6], *ORDERS[:7]]  # read committed, then uncommitted


@each_file
def test_the_bytes_are_relayed_as_they_are(path):
    conversation = said(path)
    assert relay(conversation)[1] == joined(conversation)


@each_file
def test_one_byte_at_a_time_says_the_same(path):
    conversation = said(path)
    single = [(conn, who, data[i:i + 1]) for conn, who, data in conversation for i in range(len(data))]
    assert relay(single) == relay(conversation)


@each_file
def test_a_cut_at_any_place_says_the_same(path):
    conversation = said(path)
    whole = relay(conversation)
    rng = random.Random(path.stem)
    for _ in range(20):
        cut: Conversation = []
        for conn, who, data in conversation:
            at = sorted(rng.sample(range(len(data) + 1), min(3, len(data))))
            cut += [(conn, who, data[i:j]) for i, j in zip([0, *at], [*at, len(data)])]
        assert relay(cut) == whole


@each_file
def test_damage_never_breaks_the_relay(path):
    """Flipped bits, lost and repeated pieces, garbage: every byte comes out, and nothing but Undecodable comes up."""
    conversation = said(path)
    rng = random.Random(path.stem)
    for _ in range(60):
        damaged = hurt(conversation, rng, 8)
        assert relay(damaged)[1] == joined(damaged)


def test_garbage_from_the_start():
    rng = random.Random(1)
    for _ in range(500):
        noise = [(1, rng.randrange(2), rng.randbytes(rng.randint(1, 60))) for _ in range(6)]
        assert relay(noise)[1] == joined(noise)
