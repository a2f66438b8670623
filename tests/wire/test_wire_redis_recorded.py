"""Recorded sessions of real clients of Redis: what is told, and that neither a cut of the stream nor damage matters."""

import random
from collections import Counter
from pathlib import Path

import pytest
from damage import hurt
from redis_sessions import ORDERS

from helpers.wire import chunks
from helpers.wire.decoder import BROKER, CLIENT, Undecodable
from helpers.wire.events import Event
from helpers.wire.redis import Redis
from helpers.wire.redis_book import Book

FILES = sorted((Path(__file__).parent / "recorded" / "redis").glob("*.tap"))
each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def replayed(name: str) -> list[Event]:
    book = Book()
    with (FILES[0].parent / f"{name}.tap").open("rb") as file:
        return chunks.replay(file, lambda: Redis(book))


def orders(events: list[Event], kind: str, **data) -> list[str | None]:
    return [e.order for e in events if e.kind == kind and all(e.data.get(k) == v for k, v in data.items())]


def said(path: Path) -> list[tuple[int, int, bytes]]:
    """(connection, who, bytes)."""
    with path.open("rb") as file:
        return [(chunk.conn, chunk.what, chunk.data) for chunk in chunks.read(file) if chunk.what in (CLIENT, BROKER)]


def relay(conversation: list[tuple[int, int, bytes]]) -> tuple[list[tuple], dict[tuple[int, int], bytes]]:
    """What taps without faults tell and forward. Any exception but Undecodable is the decoder's own fault."""
    book, links, raw, seen, out = Book(), {}, set(), [], {}
    for conn, who, data in conversation:
        if conn not in links:
            links[conn] = Redis(book)
            links[conn].conn = conn
        if conn in raw:
            out[conn, who] = out.get((conn, who), b"") + data
            continue
        try:
            for unit in links[conn].feed(who, data):
                seen += [(o.kind, o.order, o.pos, o.frame, o.data) for o in unit.observations]
                out[conn, who] = out.get((conn, who), b"") + unit.raw
        except Undecodable:
            raw.add(conn)
            for each in (CLIENT, BROKER):
                out[conn, each] = out.get((conn, each), b"") + links[conn].rest(each)
    for conn, link in links.items():
        for each in (CLIENT, BROKER):
            out[conn, each] = out.get((conn, each), b"") + link.rest(each)
    return seen, out


def whole(conversation: list[tuple[int, int, bytes]]) -> dict[tuple[int, int], bytes]:
    out: dict[tuple[int, int], bytes] = {}
    for conn, who, data in conversation:
        for each in (CLIENT, BROKER):
            out.setdefault((conn, each), b"")
        out[conn, who] += data
    return out


def test_every_client_has_been_recorded():
    assert {path.stem for path in FILES} == {"stream-resp2", "stream-resp3", "lists", "pubsub-resp2", "pubsub-resp3", "asyncio",
                                             "threads", "node-redis"}


@each_file
def test_nothing_is_left_undecoded(path):
    events = replayed(path.stem)
    assert "undecoded" not in {event.kind for event in events}
    assert [e.kind for e in events][0] == "opened"
    assert Counter(e.data["conn"] for e in events if e.kind == "opened") == Counter(
        e.data["conn"] for e in events if e.kind == "closed")


@pytest.mark.parametrize("name", ["stream-resp2", "stream-resp3"])
def test_a_stream_and_its_group(name):
    events = replayed(name)
    assert orders(events, "published") == orders(events, "confirmed") == [*ORDERS, ORDERS[3]]
    [made] = [e.data for e in events if e.kind == "declared"]
    assert (made["group"], made["start"], made["error"]) == ("shop", "0", None)
    assert orders(events, "delivered", consumer="peer") == ORDERS[:2]
    assert orders(events, "delivered", consumer="me") == ORDERS[2:]
    assert orders(events, "delivered", auto_ack=True) == ORDERS[8:]
    assert orders(events, "redelivered", via="XREADGROUP") == ORDERS[6:8]
    assert orders(events, "redelivered", via="XAUTOCLAIM") == ORDERS[:1]
    assert orders(events, "redelivered", via="XCLAIM") == ORDERS[1:2]
    acknowledged = [(e.order, e.data.get("tx", False), e.data.get("opaque", False)) for e in events if e.kind == "acknowledged"]
    assert acknowledged == [(ORDERS[2], False, False), (ORDERS[3], True, False), (ORDERS[4], False, True),
                            (ORDERS[5], False, False), (ORDERS[0], False, False), (ORDERS[1], False, False)]
    assert orders(events, "trimmed") == [ORDERS[5], ORDERS[0]]
    removed = [e for e in events if e.frame == "XGROUP DELCONSUMER"]
    assert [(e.order, e.data["pending"]) for e in removed] == [(order, 2) for order in ORDERS[6:8]]
    assert [e.data["queue"] for e in events if e.kind == "purged"] == ["orders"]
    assert [e.frame for e in events if e.kind == "polled"] == ["XPENDING", "XREADGROUP"]  # each told once a connection
    assert "refused" not in {e.kind for e in events}


def test_a_copy_and_an_acknowledgement_in_one_transaction_share_its_number():
    events = replayed("stream-resp2")
    copy, settled = [e for e in events if e.data.get("tx")]
    assert (copy.kind, settled.kind) == ("published", "acknowledged")
    assert copy.data["exec"] == settled.data["exec"] and copy.order == settled.order


def test_lists():
    events = replayed("lists")
    assert orders(events, "delivered", auto_ack=True) == [ORDERS[0], *ORDERS[2:4], ORDERS[7]]
    [moved] = [e for e in events if e.data.get("moved_to")]
    [settled] = [e for e in events if e.kind == "acknowledged"]
    assert moved.order == settled.order == ORDERS[1]
    assert {k: moved.pos[k] for k in ("stream", "entry")} == {k: settled.pos[k] for k in ("stream", "entry")}
    assert orders(events, "refused") == [ORDERS[4], ORDERS[6]]
    assert ORDERS[5] not in orders(events, "published")  # discarded: it never came about


@pytest.mark.parametrize("name", ["pubsub-resp2", "pubsub-resp3"])
def test_channels_and_patterns(name):
    events = replayed(name)
    assert [e.data["receivers"] for e in events if e.kind == "confirmed"] == [0, 2]
    assert orders(events, "delivered") == [ORDERS[1], ORDERS[1]]
    asked = [e.data.get("channels") or e.data.get("patterns") for e in events if e.kind == "subscribed"]
    assert asked == [["orders.new"], ["orders.gone"], ["orders.*"]]
    assert len([e for e in events if e.kind == "cancelled"]) == 3


@pytest.mark.parametrize("name", ["asyncio", "threads", "node-redis"])
def test_other_clients(name):
    events = replayed(name)
    published = Counter(orders(events, "published"))
    assert set(published) == set(ORDERS)
    refused = {e.data["commit"] for e in events if e.kind == "refused"}
    settled = [e.order for e in events if e.kind == "acknowledged" and e.data["commit"] not in refused]
    assert sorted(settled) == sorted(ORDERS)
    assert set(orders(events, "delivered")) == set(ORDERS)


def test_a_script_called_by_its_digest_is_known_once_it_was_loaded():
    settled = [e for e in replayed("threads") if e.kind == "acknowledged"]
    assert {(e.data["command"], e.data["opaque"]) for e in settled} == {("EVALSHA", True)}


@each_file
def test_the_bytes_are_relayed_as_they_are(path):
    assert relay(said(path))[1] == whole(said(path))


@each_file
def test_one_byte_at_a_time_says_the_same(path):
    conversation = said(path)
    bytewise = [(conn, who, data[i:i + 1]) for conn, who, data in conversation for i in range(len(data))]
    assert relay(bytewise) == relay(conversation)


@each_file
def test_a_cut_at_every_place_says_the_same(path):
    """The whole of each direction that is said at one go, cut in two at each place."""
    conversation = said(path)
    straight = relay(conversation)
    for index, (conn, who, data) in enumerate(conversation):
        for at in range(1, len(data), 1 if len(data) < 300 else 97):
            cut = [*conversation[:index], (conn, who, data[:at]), (conn, who, data[at:]), *conversation[index + 1:]]
            if index % 7 == at % 7:  # each place of some, some places of all
                assert relay(cut) == straight


@each_file
def test_damage_never_breaks_the_relay(path):
    """Flipped bits, lost and repeated pieces, garbage: every byte comes out, and nothing but Undecodable comes up."""
    conversation = said(path)
    rng = random.Random(path.stem)
    for _ in range(150):
        damaged = hurt(conversation, rng, 6)
        assert relay(damaged)[1] == whole(damaged)


def test_garbage_from_the_start():
    rng = random.Random(1)
    for _ in range(500):
        noise = [(1, rng.randrange(2), rng.randbytes(rng.randint(1, 60))) for _ in range(6)]
        assert relay(noise)[1] == whole(noise)
