"""The tap between real clients and a Redis of one's own: sessions run as without it, and the server agrees with the journal."""

import asyncio
import threading
import time

import pytest
import redis
import redis_sessions
from redis_sessions import GROUP, ORDERS, STREAM, body, connect

from helpers import brokers
from helpers.wire.events import Journal
from helpers.wire.redis import Redis
from helpers.wire.redis_book import Book
from helpers.wire.tap import DROP, After, Before, Tap

pytestmark = pytest.mark.broker


class Tapped:
    """A tap on a loop of its own, in another thread; `url` is the way through it, `direct` the way around."""

    def __init__(self, port: int, hook=None):
        self.journal, book = Journal(), Book()
        self.tap = Tap(actor="client", upstream=("127.0.0.1", port), journal=self.journal, decoder=lambda: Redis(book),
                       hook=hook)
        self.direct = redis.Redis(port=port, protocol=2)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self.tap.start(), self._loop).result(20)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.tap.port}/0"

    def orders(self, kind: str) -> list:
        return [e.order for e in list(self.journal.events) if e.kind == kind]

    def stop(self) -> None:
        self.direct.close()
        asyncio.run_coroutine_threadsafe(self.tap.close(), self._loop).result(20)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(20)
        self._loop.close()


@pytest.fixture
def tapped(tmp_path):
    made = []
    with brokers.redis_private(tmp_path) as server:
        def make(hook=None) -> Tapped:
            made.append(Tapped(server.port, hook))
            return made[-1]

        yield make
        for each in made:
            each.stop()


def given(t: Tapped, count: int = 4) -> None:
    """A stream with a group, behind the tap's back."""
    t.direct.xgroup_create(STREAM, GROUP, "0", mkstream=True)
    for order in ORDERS[:count]:
        t.direct.xadd(STREAM, {"body": body(order)})


def pending(t: Tapped) -> int:
    return t.direct.xpending(STREAM, GROUP)["pending"]


def until(condition) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)


@pytest.mark.parametrize("name", redis_sessions.PYTHON)
def test_sessions_run_through_the_tap_as_without_it(tapped, name):
    t = tapped()
    redis_sessions.PYTHON[name](t.url)
    assert t.tap.incomplete == [] and t.orders("published")


@pytest.mark.node
def test_node_redis_runs_through_the_tap(tapped, tmp_path):
    if missing := redis_sessions.node_missing():
        pytest.skip(missing)
    folder = tmp_path / "node"
    folder.mkdir()
    redis_sessions.node_install(folder)
    t = tapped()
    redis_sessions.node_session(folder)(t.url)
    assert t.tap.incomplete == [] and sorted(t.orders("acknowledged")) == sorted(ORDERS)


@pytest.mark.parametrize("proto", [2, 3])
@pytest.mark.parametrize("how", ["alone", "transaction", "pipeline"])
def test_a_lost_acknowledgement_is_believed_and_the_entry_still_pending(tapped, proto, how):
    t = tapped(lambda e: DROP if e.kind == "acknowledged" and e.order == ORDERS[1] else None)
    given(t)
    r = connect(t.url, protocol=proto)
    found = r.xreadgroup(GROUP, "me", {STREAM: ">"})
    entries = [entry for entry, _ in redis_sessions._streams(found)[0][1]]
    for entry in entries:
        if how == "alone":
            assert r.xack(STREAM, GROUP, entry) == 1
        else:
            with r.pipeline(transaction=how == "transaction") as both:
                both.xack(STREAM, GROUP, entry)
                both.xlen(STREAM) if how == "pipeline" else both.xdel(STREAM, entry)
                assert both.execute() == [1, 4 if how == "pipeline" else 1]
    assert r.ping() and t.orders("acknowledged") == ORDERS[:4]
    [left] = t.direct.xpending_range(STREAM, GROUP, "-", "+", 10)
    assert left["message_id"].decode() == entries[1]


def test_killed_before_and_after_an_acknowledgement_are_exact(tapped):
    for action, left in ((Before, 4), (After, 3)):
        t = tapped(lambda e: action(t.tap.sever) if e.kind == "acknowledged" else None)
        t.direct.flushall()
        given(t)
        r = connect(t.url, retry=None)
        [(_, entries)] = redis_sessions._streams(r.xreadgroup(GROUP, "me", {STREAM: ">"}))
        with pytest.raises(redis.ConnectionError):
            r.xack(STREAM, GROUP, entries[0][0])
        until(lambda: pending(t) == left)


def test_a_lost_confirm_leaves_the_program_without_an_answer_and_the_entry_in_the_stream(tapped):
    t = tapped(lambda e: DROP if e.kind == "confirmed" and e.order == ORDERS[1] else None)
    r = connect(t.url, socket_timeout=0.3, retry=None)
    r.xadd(STREAM, {"body": body(ORDERS[0])})
    with pytest.raises(redis.TimeoutError):
        r.xadd(STREAM, {"body": body(ORDERS[1])})
    assert t.direct.xlen(STREAM) == 2 and r.ping()  # a new connection is answered
