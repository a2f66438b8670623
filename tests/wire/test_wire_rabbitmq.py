"""The tap between real clients and RabbitMQ: faults are exact, and the broker agrees with the journal."""

import random
import time
import uuid
from collections import Counter

import pika
import pytest
from pika.exceptions import AMQPConnectionError, AMQPError, ChannelClosedByBroker
from wire_sessions import ORDERS, PYTHON, body, connect, node_session, queue_of

from helpers.wire import tokens
from helpers.wire.tap import DROP, After, Before

pytestmark = pytest.mark.broker


def eventually(condition, what="the condition", seconds=30):
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.005)
    return found


@pytest.fixture
def queue(direct):
    """A queue that outlives connections, empty; its messages are counted by a passive declare."""
    name = f"wire-{uuid.uuid4().hex[:8]}"
    direct.queue_declare(name, durable=True)
    yield name
    if direct.is_open:
        direct.queue_delete(name)


def ready(direct, queue: str) -> int:
    return direct.queue_declare(queue, passive=True).method.message_count


def fill(direct, queue: str, count: int = 6) -> None:
    direct.confirm_delivery()
    for order in ORDERS[:count]:
        direct.basic_publish("", queue, body(order))


def listen_for_confirms(connection, channel) -> set[int]:
    """The tags that the program has heard of, as they come (pika's blocking channel would wait for each)."""
    heard: set[int] = set()
    channel._impl.confirm_delivery(lambda frame: heard.update(
        range(1 if frame.method.multiple else frame.method.delivery_tag, frame.method.delivery_tag + 1)))
    connection.process_data_events(0)
    return heard


@pytest.mark.parametrize("name", PYTHON)
def test_sessions_run_through_the_tap_as_without_it(tapped, name):
    t = tapped()
    PYTHON[name](t.url)
    assert t.tap.incomplete == [] and t.tap.counters["undecoded"] == 0 and t.tap.counters["connections"] == 1
    assert [e.data["by"] for e in t.seen("closed")][-1] in ("client", "broker")
    assert len(t.seen("opened")) == 1 and t.seen("published")


@pytest.mark.node
def test_amqplib_runs_through_the_tap(tapped, node_folder):
    t = tapped()
    node_session(node_folder)(t.url)
    assert t.tap.incomplete == []
    assert Counter(t.orders("published")) == Counter(t.orders("confirmed"))
    assert sorted(t.orders("acknowledged")) == sorted(ORDERS) and t.orders("rejected") == t.orders("redelivered")
    assert "amqplib" in t.seen("opened")[0].data["client"].lower()


def test_a_swallowed_acknowledgement_and_a_severed_link_leave_the_order_with_the_broker(tapped, direct, queue):
    fill(direct, queue)
    t = tapped(hook=lambda e: Before(t.tap.sever) if e.kind == "acknowledged" and e.order == ORDERS[2] else None)
    channel = connect(t.url).channel()
    with pytest.raises(AMQPError):
        for method, _, _ in channel.consume(queue):
            channel.basic_ack(method.delivery_tag)
    eventually(lambda: ready(direct, queue) == 4)
    assert t.orders("acknowledged") == ORDERS[:3] and t.seen("closed") == []
    assert t.tap.swallowed == {t.seen("acknowledged")[2].seq}
    connection = connect(t.url)  # the program has been started again
    method, _, _ = connection.channel().basic_get(queue)
    assert method.redelivered and t.orders("redelivered") == [ORDERS[2]]
    connection.close()


def test_after_an_acknowledgement_the_broker_has_it(tapped, direct, queue):
    fill(direct, queue)
    t = tapped(hook=lambda e: After(t.tap.sever) if e.kind == "acknowledged" and e.order == ORDERS[2] else None)
    channel = connect(t.url).channel()
    with pytest.raises(AMQPError):
        for method, _, _ in channel.consume(queue):
            channel.basic_ack(method.delivery_tag)
    eventually(lambda: ready(direct, queue) == 3)


def test_a_reset_is_seen_by_both_sides(tapped, direct, queue):
    fill(direct, queue)
    t = tapped(hook=lambda e: After(t.tap.reset) if e.kind == "delivered" and e.order == ORDERS[1] else None)
    channel = connect(t.url).channel()
    channel.basic_qos(prefetch_count=2)
    with pytest.raises(AMQPConnectionError):
        for _ in channel.consume(queue):
            pass
    eventually(lambda: ready(direct, queue) == 6)
    (closed,) = t.seen("closed")
    assert (closed.data["by"], closed.data["unsettled"]) == ("tap", ORDERS[:2])


@pytest.mark.parametrize("swallowed", [0, 7, 49])
def test_a_swallowed_confirm_is_never_heard_of_though_the_broker_confirms_many_at_once(tapped, direct, queue, swallowed):
    orders = tokens.draw(random.Random(swallowed), 60)
    t = tapped(hook=lambda e: DROP if e.kind == "confirmed" and e.order == orders[swallowed] else None)
    connection = connect(t.url)
    channel = connection.channel()
    heard = listen_for_confirms(connection, channel)
    for order in orders:
        channel._impl.basic_publish("", queue, body(order))
    eventually(lambda: connection.process_data_events(0.01) or len(t.orders("confirmed")) == 60)
    gone = {t.journal.events[seq].pos["tag"] for seq in t.tap.swallowed}
    assert swallowed + 1 in gone and sorted(t.orders("confirmed")) == sorted(orders)
    eventually(lambda: connection.process_data_events(0.01) or len(heard) == 60 - len(gone))
    assert heard == set(range(1, 61)) - gone
    connection.close()


def test_a_swallowed_publish_is_lost_and_the_others_are_confirmed(tapped, direct, queue):
    t = tapped(hook=lambda e: DROP if e.kind == "published" and e.order == ORDERS[1] else None)
    connection = connect(t.url)
    channel = connection.channel()
    heard = listen_for_confirms(connection, channel)
    for order in ORDERS[:5]:
        channel._impl.basic_publish("", queue, body(order))
    eventually(lambda: connection.process_data_events(0.01) or len(heard) == 4)
    assert heard == {1, 3, 4, 5} and t.orders("confirmed") == [ORDERS[0], *ORDERS[2:5]]
    assert ready(direct, queue) == 4
    connection.close()


def test_an_unknown_tag_is_406_also_with_multiple(tapped, queue):
    """RabbitMQ: a `multiple` whose tag is not outstanding is refused, even if lower tags are; tag 0 never is."""
    for acknowledge in (lambda c: c.basic_ack(9, multiple=True), lambda c: (c.basic_ack(2), c.basic_ack(2, multiple=True)),
                        lambda c: c.basic_ack(0)):
        t = tapped()
        connection = connect(t.url)
        channel = connection.channel()
        name = queue_of(channel)
        for order in ORDERS[:3]:
            channel.basic_publish("", name, body(order))
            channel.basic_get(name)
        acknowledge(channel)
        with pytest.raises(ChannelClosedByBroker):
            channel.queue_declare(name, passive=True)
        assert t.seen("acknowledged")[-1].data["unknown"] is True
        assert t.seen("closed")[0].data["code"] == 406
        connection.close()
    t = tapped()
    connection = connect(t.url)
    channel = connection.channel()
    channel.basic_ack(0, multiple=True)
    queue_of(channel)
    assert "unknown" not in t.seen("acknowledged")[0].data
    connection.close()


def test_a_transaction_swallowed_at_its_commit_never_was(tapped, direct, queue):
    t = tapped(hook=lambda e: Before(t.tap.sever) if e.frame == "Tx.Commit" and ORDERS[1] in e.data["publishes"] else None)
    channel = connect(t.url).channel()
    channel.tx_select()
    channel.basic_publish("", queue, body(ORDERS[0]))
    channel.tx_commit()
    channel.basic_publish("", queue, body(ORDERS[1]))
    with pytest.raises(AMQPError):
        channel.tx_commit()
    assert t.orders("published") == ORDERS[:2] and t.orders("confirmed") == ORDERS[:1]
    assert ready(direct, queue) == 1


def test_a_broker_that_cancels_a_consumer(tapped, direct, queue):
    t = tapped()
    connection = connect(t.url)
    channel = connection.channel()
    channel.basic_consume(queue, lambda *_: None)
    direct.queue_delete(queue)
    eventually(lambda: connection.process_data_events(0.01) or t.seen("cancelled"))
    assert t.seen("cancelled")[0].data["by"] == "broker" and t.seen("cancelled")[0].data["queue"] == queue
    connection.close()


def test_a_paused_link_is_closed_by_the_broker_for_its_missing_heartbeats(tapped, direct, queue):
    """RabbitMQ, Detecting Dead TCP Connections: no traffic for longer than the heartbeat time-out ends the connection."""
    t = tapped()
    parameters = pika.URLParameters(t.url)
    parameters.heartbeat = 1
    fill(direct, queue, 1)
    channel = pika.BlockingConnection(parameters).channel()
    next(channel.consume(queue))
    t.call(t.tap.pause)
    eventually(lambda: ready(direct, queue) == 1, "the redelivery")
    t.call(t.tap.resume)
    (closed,) = eventually(lambda: t.seen("closed"))
    assert closed.data["by"] == "broker" and closed.data["code"] is None and closed.data["unsettled"] == ORDERS[:1]
    assert closed.data["client_silent_s"] >= 0 and t.seen("opened")[0].data["heartbeat"] == 1


def test_twenty_megabytes_pass_unharmed(tapped, direct, queue):
    t = tapped()
    connection = connect(t.url)
    channel = connection.channel()
    large = body(ORDERS[0], 4_000_000)
    for _ in range(5):
        channel.basic_publish("", queue, large)
    got = 0
    for method, _, received in channel.consume(queue, auto_ack=True):
        assert received == large
        got += 1
        if got == 5:
            break
    assert t.orders("delivered") == [ORDERS[0]] * 5 and t.seen("delivered")[0].data["size"] == len(large)
    connection.close()
