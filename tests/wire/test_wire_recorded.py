"""Recorded sessions of real clients: what is told, and that neither the cut of the stream nor a damaged byte matters."""

import io
import random
from collections import Counter
from pathlib import Path

import pytest
from damage import hurt
from wire_sessions import ORDERS

from helpers.wire import chunks
from helpers.wire.amqp import AMQP
from helpers.wire.decoder import BROKER, CLIENT, Undecodable
from helpers.wire.events import Event

FILES = sorted((Path(__file__).parent / "recorded").glob("*.tap"))
each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def replayed(name: str) -> list[Event]:
    with (Path(__file__).parent / "recorded" / f"{name}.tap").open("rb") as file:
        return chunks.replay(file, AMQP)


def orders(events: list[Event], kind: str) -> list[str | None]:
    return [event.order for event in events if event.kind == kind]


def said(path: Path) -> list[tuple[int, bytes]]:
    with path.open("rb") as file:
        return [(chunk.what, chunk.data) for chunk in chunks.read(file) if chunk.what in (CLIENT, BROKER)]


def relay(conversation: list[tuple[int, bytes]]) -> tuple[list[tuple], list[bytes]]:
    """What a tap without faults tells and forwards. Any exception but Undecodable is the decoder's own fault."""
    decoder, seen, out, raw = AMQP(), [], [bytearray(), bytearray()], False
    decoder.conn = 1
    for direction, data in conversation:
        if raw:
            out[direction] += data
            continue
        try:
            for unit in decoder.feed(direction, data):
                seen += [(o.kind, o.order, o.pos, o.frame, o.data) for o in unit.observations]
                out[direction] += unit.raw
        except Undecodable:
            raw = True
            for each in (CLIENT, BROKER):
                out[each] += decoder.rest(each)
    for each in (CLIENT, BROKER):
        out[each] += decoder.rest(each)
    return seen, [bytes(each) for each in out]


def test_every_client_has_been_recorded():
    assert {path.stem for path in FILES} == {"pika-confirms", "pika-transaction", "pika-double-ack", "pika-large", "aio-pika",
                                             "amqplib"}
    assert all(path.stat().st_size <= 30_000 for path in FILES)


@each_file
def test_nothing_is_left_undecoded(path):
    events = replayed(path.stem)
    assert "undecoded" not in {event.kind for event in events}
    assert [event.kind for event in events if event.kind in ("opened", "closed")][0] == "opened"
    assert [(e.data["by"], e.data["code"]) for e in events if e.kind == "closed"][-1] == ("client", 200)


def test_pika_confirms():
    events = replayed("pika-confirms")
    assert orders(events, "published") == [*ORDERS, ORDERS[0]]
    assert sorted(orders(events, "confirmed")) == sorted([*ORDERS, ORDERS[0]])  # unroutable, and confirmed
    assert orders(events, "returned") == [ORDERS[0]]
    assert orders(events, "delivered") == ORDERS
    assert orders(events, "acknowledged") == [*ORDERS[:5], *ORDERS[7:]]
    rejected = [(e.order, e.data["requeue"]) for e in events if e.kind == "rejected"]
    assert rejected[:2] == [(ORDERS[5], True), (ORDERS[6], False)] and set(rejected[2:]) == {(ORDERS[5], True)}
    again = [(e.order, e.data["via"], e.data["auto_ack"]) for e in events if e.kind == "redelivered"]
    assert set(again[:-1]) == {(ORDERS[5], "consume", False)} and again[-1] == (ORDERS[5], "get", True)
    assert [e.data["found"] for e in events if e.kind == "polled"] == [True, False]
    assert [e.data["deleted"] for e in events if e.kind == "purged"] == [False, True]
    assert [(e.data["prefetch"], e.data["auto_ack"]) for e in events if e.kind == "subscribed"] == [(10, False)]
    assert [(e.data["client"], e.data["vhost"]) for e in events if e.kind == "opened"] == [
        ("Pika Python Client Library 1.4.4", "/")]


def test_pika_transaction():
    events = replayed("pika-transaction")
    assert orders(events, "published") == ORDERS[:4] and orders(events, "confirmed") == ORDERS[:3]
    assert [(e.order, e.frame, e.data["tx"]) for e in events if e.kind == "acknowledged"] == [
        (order, "Tx.CommitOk", True) for order in ORDERS[:2]]
    assert [e.data["unsettled"] for e in events if e.kind == "closed"][0] == [ORDERS[2]]


def test_pika_double_ack():
    events = replayed("pika-double-ack")
    assert [(e.order, e.data.get("unknown", False)) for e in events if e.kind == "acknowledged"] == [
        (ORDERS[0], False), (None, True), (None, True)]
    assert [(e.data["by"], e.data["code"], e.data["unsettled"]) for e in events if e.kind == "closed"][0] == (
        "broker", 406, ORDERS[1:3])


def test_pika_large():
    events = replayed("pika-large")
    assert [(e.order, e.data["auto_ack"]) for e in events if e.kind == "delivered"] == [(ORDERS[0], True), (ORDERS[1], True)]
    assert [e.data["size"] for e in events if e.kind == "published"][0] > 9000
    assert all(not e.data["unsettled"] for e in events if e.kind == "closed")


@pytest.mark.parametrize("name", ["aio-pika", "amqplib"])
def test_other_clients(name):
    events = replayed(name)
    published = Counter(orders(events, "published"))
    assert set(published) == set(ORDERS) and published == Counter(orders(events, "confirmed"))
    assert sorted(orders(events, "delivered")) == sorted(ORDERS)
    assert sorted(orders(events, "acknowledged")) == sorted(ORDERS)
    assert len(orders(events, "rejected")) == 1 and orders(events, "redelivered") == orders(events, "rejected")


@each_file
def test_the_bytes_are_relayed_as_they_are(path):
    conversation = said(path)
    _, out = relay(conversation)
    assert out == [b"".join(data for who, data in conversation if who == each) for each in (CLIENT, BROKER)]


@each_file
def test_one_byte_at_a_time_says_the_same(path):
    conversation = said(path)
    assert relay([(who, data[i:i + 1]) for who, data in conversation for i in range(len(data))]) == relay(conversation)


@each_file
def test_a_cut_at_any_place_says_the_same(path):
    """A stream cut in two within each chunk, at every boundary of the small ones and at some of the large ones."""
    conversation = said(path)
    whole = relay(conversation)
    rng = random.Random(path.stem)
    for _ in range(40):
        cut = []
        for who, data in conversation:
            at = sorted(rng.sample(range(len(data) + 1), min(3, len(data))))
            cut += [(who, data[i:j]) for i, j in zip([0, *at], [*at, len(data)])]
        assert relay(cut) == whole


@each_file
def test_damage_never_breaks_the_relay(path):
    """Flipped bits, lost and repeated pieces, garbage: every byte comes out, and nothing but Undecodable comes up."""
    conversation = said(path)
    rng = random.Random(path.stem)
    for _ in range(150):
        damaged = hurt(conversation, rng, 6)
        _, out = relay(damaged)
        for each in (CLIENT, BROKER):
            assert sorted(out[each]) == sorted(b"".join(data for who, data in damaged if who == each))


def test_garbage_from_the_start():
    rng = random.Random(1)
    for _ in range(500):
        noise = [(rng.randrange(2), rng.randbytes(rng.randint(1, 60))) for _ in range(6)]
        _, out = relay(noise)
        assert out == [b"".join(data for who, data in noise if who == each) for each in (CLIENT, BROKER)]


def test_a_file_cut_short_is_read_as_far_as_it_goes():
    whole = FILES[0].read_bytes()
    full, part = list(chunks.read(io.BytesIO(whole))), list(chunks.read(io.BytesIO(whole[:-30])))
    assert part == full[:len(part)] and 0 < len(part) < len(full)
    with pytest.raises(ValueError, match="another version"):
        list(chunks.read(io.BytesIO(b"something else")))
