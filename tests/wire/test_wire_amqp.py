"""What the decoder says of AMQP frames, on conversations made by hand."""

import random

import pytest
from wire_bytes import (
    Basic, Channel, Confirm, Connection, Queue, Talk, Tx, ack, content, deliver, method, opened, publish, told,
)

from helpers.wire import tokens
from helpers.wire.amqp_frames import HELLO
from helpers.wire.decoder import BROKER, CLIENT, Undecodable

ORDERS = tokens.draw(random.Random(3), 8)
BODIES = [b'{"id": "%s"}' % order.encode() for order in ORDERS]
HEARTBEAT = b"\x08\x00\x00\x00\x00\x00\x00\xce"


def consuming(swallow=None, auto_ack: bool = False, messages: int = 5) -> Talk:
    talk = opened(swallow)
    talk.client(method(1, Basic.Consume(queue="orders", consumer_tag="c", no_ack=auto_ack)))
    talk.broker(method(1, Basic.ConsumeOk("c")))
    for tag in range(1, messages + 1):
        talk.broker(deliver(1, tag, BODIES[tag - 1]))
    talk.seen.clear()
    talk.out = [bytearray(), bytearray()]
    return talk


def confirming(swallow=None, messages: int = 5) -> Talk:
    talk = opened(swallow)
    talk.client(method(1, Confirm.Select()))
    talk.broker(method(1, Confirm.SelectOk()))
    talk.seen.clear()
    talk.out = [bytearray(), bytearray()]
    for body in BODIES[:messages]:
        talk.client(publish(1, body))
    return talk


def test_opened_tells_what_was_negotiated():
    talk = Talk()
    talk.client(HELLO, method(0, Connection.StartOk({"product": "shop", "version": "2.1"}, "PLAIN", "\0guest\0secret", "en_US")))
    talk.client(method(0, Connection.TuneOk(0, 131072, 30)), method(0, Connection.Open("/shop")))
    (event,) = talk.broker(method(0, Connection.OpenOk()))
    assert event.kind == "opened"
    assert event.data == {"conn": 1, "vhost": "/shop", "heartbeat": 30, "client": "shop 2.1", "frame_max": 131072}
    assert "secret" not in repr(talk.seen)


def test_published_tells_properties_and_a_sequence_number_on_a_confirm_channel():
    talk = opened()
    (plain,) = talk.client(publish(1, BODIES[0], delivery_mode=2, content_type="application/json", message_id="m1",
                                   headers={"attempt": 1}, correlation_id="c", reply_to="r", expiration="1", priority=3))
    assert (plain.order, plain.pos) == (ORDERS[0], {"conn": 1, "channel": 1, "tag": None})
    assert plain.data == {"exchange": "", "routing_key": "orders", "mandatory": False, "delivery_mode": 2, "confirm": False,
                          "content_type": "application/json", "message_id": "m1", "size": len(BODIES[0]), "headers": ["attempt"],
                          "expiration": "1"}
    talk.client(method(1, Confirm.Select()))
    (first,), (second,) = talk.client(publish(1, BODIES[1])), talk.client(publish(1, b"no id here"))
    assert (first.pos["tag"], first.order, first.data["confirm"]) == (1, ORDERS[1], True)
    assert (second.pos["tag"], second.order) == (2, None)


@pytest.mark.parametrize("properties", [
    {"headers": {"order": ORDERS[0]}, "message_id": ORDERS[1]}, {"headers": {"deep": {"list": [ORDERS[0]]}}},
    {"message_id": ORDERS[0]}, {"correlation_id": ORDERS[0], "message_id": "x"}])
def test_an_order_is_found_in_headers_then_properties_then_the_body(properties):
    assert told(opened().client(publish(1, BODIES[2], **properties))) == [("published", ORDERS[0])]


def test_an_order_is_looked_for_across_frames_and_only_at_the_start_of_a_large_body():
    pieces = content(1, Basic.Publish(routing_key="orders"), b"." * 95 + ORDERS[0].encode() + b"." * 95, piece=100)
    assert told(opened().client(*pieces)) == [("published", ORDERS[0])]
    assert told(opened().client(publish(1, b"." * 65536 + ORDERS[0].encode()))) == [("published", None)]


def test_a_confirm_of_many_is_one_event_for_each_order():
    talk = confirming()
    seen = talk.broker(ack(1, 3, multiple=True))
    assert told(seen) == [("confirmed", order) for order in ORDERS[:3]]
    assert [each.pos["tag"] for each in seen] == [1, 2, 3]
    assert told(talk.broker(method(1, Basic.Nack(4, False, False)))) == [("refused", ORDERS[3])]
    assert told(talk.broker(ack(1, 0, multiple=True))) == [("confirmed", ORDERS[4])]
    (stray,) = talk.broker(ack(1, 9))
    assert (stray.order, stray.data["unknown"]) == (None, True)


def test_an_acknowledgement_of_many_is_one_event_for_each_order():
    talk = consuming()
    seen = talk.client(ack(1, 3, multiple=True))
    assert told(seen) == [("acknowledged", order) for order in ORDERS[:3]]
    assert {each.frame for each in seen} == {"Basic.Ack"} and {each.data["tag"] for each in seen} == {3}
    rejected = talk.client(method(1, Basic.Nack(0, True, True)))
    assert told(rejected) == [("rejected", order) for order in ORDERS[3:5]] and rejected[0].data["requeue"] is True
    (nothing,) = talk.client(ack(1, 0, multiple=True))
    assert nothing.order is None and "unknown" not in nothing.data


def test_reject_tells_requeue():
    talk = consuming()
    assert talk.client(method(1, Basic.Reject(1, False)))[0].data["requeue"] is False
    assert talk.client(method(1, Basic.Reject(2, True)))[0].data["requeue"] is True


def test_after_an_unknown_tag_the_broker_takes_nothing_more():
    talk = consuming()
    talk.client(ack(1, 1))
    for frame in (ack(1, 1), ack(1, 2)):
        (event,) = talk.client(frame)
        assert (event.kind, event.order, event.data["unknown"]) == ("acknowledged", None, True)
    (closed,) = talk.broker(method(1, Channel.Close(406, "PRECONDITION_FAILED - unknown delivery tag 1", 60, 80)))
    assert (closed.data["scope"], closed.data["by"], closed.data["code"]) == ("channel", "broker", 406)
    assert closed.data["unsettled"] == ORDERS[1:5]


def test_acknowledging_an_automatically_acknowledged_message_is_unknown():
    talk = consuming(auto_ack=True)
    assert talk.client(ack(1, 1))[0].data["unknown"] is True


def test_a_channel_number_used_again_starts_anew():
    talk = consuming()
    talk.client(method(1, Channel.Close(200, "", 0, 0)))
    talk.broker(method(1, Channel.CloseOk()))
    talk.client(method(1, Channel.Open()))
    talk.broker(deliver(1, 1, BODIES[7], redelivered=True))
    assert told(talk.client(ack(1, 1))) == [("acknowledged", ORDERS[7])]


def test_prefetch_is_that_which_applies_to_the_new_consumer():
    talk = opened()

    def subscribe(tag: str) -> int:
        return talk.client(method(1, Basic.Consume(queue="orders", consumer_tag=tag, nowait=True)))[0].data["prefetch"]

    assert subscribe("a") == 0
    (late,) = talk.client(method(1, Basic.Qos(0, 50, True)))
    assert (late.data["consumers"], late.data["global_"], subscribe("b")) == (1, True, 50)
    talk.client(method(1, Basic.Qos(0, 7, False)))
    assert subscribe("c") == 7
    (cancelled,) = talk.broker(method(1, Basic.Cancel("a", True)))
    assert (cancelled.kind, cancelled.data["by"], cancelled.data["queue"]) == ("cancelled", "broker", "orders")
    assert talk.client(method(1, Basic.Qos(0, 1, False)))[0].data["consumers"] == 2


def test_names_given_by_the_broker_are_known():
    talk = opened()
    talk.client(method(1, Queue.Declare(queue="")))
    talk.broker(method(1, Queue.DeclareOk("amq.gen-1", 0, 0)))
    assert talk.client(method(1, Basic.Consume(queue="", no_ack=True)))[0].data["queue"] == "amq.gen-1"
    talk.broker(method(1, Basic.ConsumeOk("amq.ctag-1")))
    (event,) = talk.broker(deliver(1, 1, BODIES[0], consumer="amq.ctag-1"))
    assert (event.data["queue"], event.data["auto_ack"]) == ("amq.gen-1", True)


def test_get_tells_the_poll_and_the_delivery():
    talk = opened()
    talk.client(method(1, Basic.Get(queue="orders")), method(1, Basic.Get(queue="orders", no_ack=True)))
    seen = talk.broker(*content(1, Basic.GetOk(1, True, "", "orders", 0), BODIES[0], headers={"x": "é" * 300}))
    assert told(seen) == [("polled", None), ("redelivered", ORDERS[0])]
    assert seen[0].data["found"] is True and seen[1].data["via"] == "get" and len(seen[1].data["headers"]["x"]) == 200
    (empty,) = talk.broker(method(1, Basic.GetEmpty("")))
    assert (empty.data["found"], empty.data["auto_ack"], empty.data["queue"]) == (False, True, "orders")


def test_purge_and_delete_are_told_with_their_count():
    talk = opened()
    assert talk.client(method(1, Queue.Purge(queue="a")), method(1, Queue.Delete(queue="b"))) == []
    seen = talk.broker(method(1, Queue.PurgeOk(3)), method(1, Queue.DeleteOk(4)))
    assert [(e.kind, e.data["queue"], e.data["deleted"], e.data["count"]) for e in seen] == [
        ("purged", "a", False, 3), ("purged", "b", True, 4)]
    assert talk.client(method(1, Queue.Delete(queue="c", nowait=True)))[0].data["count"] is None


def test_declared_and_returned():
    talk = opened()
    (queue,) = talk.client(method(1, Queue.Declare(queue="orders", durable=True, arguments={"x-queue-type": "quorum"})))
    assert (queue.data["what"], queue.data["name"], queue.data["durable"]) == ("queue", "orders", True)
    assert queue.data["arguments"] == {"x-queue-type": "quorum"}
    (binding,) = talk.client(method(1, Queue.Bind(queue="orders", exchange="shop", routing_key="eu.#")))
    assert (binding.data["what"], binding.data["exchange"], binding.data["routing_key"]) == ("binding", "shop", "eu.#")
    (returned,) = talk.broker(*content(1, Basic.Return(312, "NO_ROUTE", "", "gone"), BODIES[0]))
    assert (returned.order, returned.data["code"], returned.data["routing_key"]) == (ORDERS[0], 312, "gone")


def test_a_transaction_is_told_when_it_is_committed():
    talk = consuming()
    talk.client(method(1, Tx.Select()))
    assert talk.client(ack(1, 2, multiple=True)) == []
    assert told(talk.client(publish(1, BODIES[6]))) == [("published", ORDERS[6])]
    (commit,) = talk.client(method(1, Tx.Commit()))
    assert (commit.data["settles"], commit.data["publishes"]) == (ORDERS[:2], [ORDERS[6]])
    assert told(talk.broker(method(1, Tx.CommitOk())))[1:] == [
        ("confirmed", ORDERS[6]), ("acknowledged", ORDERS[0]), ("acknowledged", ORDERS[1])]
    talk.client(ack(1, 3), method(1, Tx.Rollback()))
    assert told(talk.broker(method(1, Tx.RollbackOk()))) == [("method", None)]
    (closed,) = talk.decoder.lost("client", "connection dropped")
    assert closed.data["unsettled"] == ORDERS[2:5]


def test_a_connection_that_closes_in_order_is_closed_once():
    talk = consuming()
    (closed,) = talk.client(method(0, Connection.Close(200, "bye", 0, 0)))
    assert (closed.data["scope"], closed.data["by"], closed.data["unsettled"]) == ("connection", "client", ORDERS[:5])
    assert talk.decoder.lost("client", "connection dropped") == []


def test_frames_of_two_channels_may_interleave():
    talk = opened(channels=2)
    first = content(1, Basic.Publish(), BODIES[0], piece=5)
    second = content(2, Basic.Publish(), BODIES[1], piece=4)
    mixed = [first[0], second[0], first[1], HEARTBEAT, *second[1:3], *first[2:], *second[3:]]
    assert told(talk.client(*mixed)) == [("published", ORDERS[0]), ("published", ORDERS[1])]
    assert bytes(talk.out[CLIENT]) == HEARTBEAT + b"".join(first) + b"".join(second)


def test_a_message_given_up_half_way_is_relayed_before_what_follows():
    talk = opened()
    half = content(1, Basic.Publish(), BODIES[0], piece=5)[:3]
    close = method(1, Channel.CloseOk())
    talk.client(*half, close)
    assert bytes(talk.out[CLIENT]) == b"".join(half) + close


# --- what was swallowed stays swallowed

def test_a_swallowed_confirm_is_not_given_by_a_later_multiple():
    talk = confirming(swallow=lambda seen: seen.kind == "confirmed" and seen.order == ORDERS[1])
    talk.broker(ack(1, 1), ack(1, 2), ack(1, 4, multiple=True), ack(1, 5))
    assert bytes(talk.out[BROKER]) == ack(1, 1) + ack(1, 3) + ack(1, 4) + ack(1, 5)
    assert told(talk.seen)[-5:] == [("confirmed", order) for order in ORDERS[:5]]


def test_a_swallowed_multiple_leaves_the_others_to_later_ones():
    talk = confirming(swallow=lambda seen: seen.order == ORDERS[0] and seen.kind == "confirmed")
    talk.broker(ack(1, 2, multiple=True), ack(1, 5, multiple=True))
    assert bytes(talk.out[BROKER]) == ack(1, 3) + ack(1, 4) + ack(1, 5)


def test_a_swallowed_publish_keeps_the_numbers_of_both_sides_apart():
    talk = confirming(swallow=lambda seen: seen.kind == "published" and seen.order == ORDERS[1])
    seen = talk.broker(ack(1, 1), ack(1, 3, multiple=True), method(1, Basic.Nack(4, False, False)))
    assert told(seen) == [("confirmed", ORDERS[0]), ("confirmed", ORDERS[2]), ("confirmed", ORDERS[3]), ("refused", ORDERS[4])]
    assert bytes(talk.out[BROKER]) == ack(1, 1) + ack(1, 3) + ack(1, 4) + method(1, Basic.Nack(5, False, False))
    assert [each.pos["tag"] for each in seen] == [1, 3, 4, 5]


def test_a_swallowed_acknowledgement_is_not_given_by_a_later_multiple():
    talk = consuming(swallow=lambda seen: seen.kind == "acknowledged" and seen.order == ORDERS[0])
    talk.client(ack(1, 1), ack(1, 3, multiple=True))
    assert bytes(talk.out[CLIENT]) == ack(1, 2) + ack(1, 3)
    talk.client(method(1, Basic.Nack(5, True, True)))
    assert bytes(talk.out[CLIENT]).endswith(method(1, Basic.Nack(4, False, True)) + method(1, Basic.Nack(5, False, True)))
    assert talk.decoder.lost("client", "")[0].data["unsettled"] == [ORDERS[0]]


def test_a_swallowed_delivery_is_not_acknowledged_by_a_later_multiple():
    talk = consuming(swallow=lambda seen: seen.kind == "delivered" and seen.order == ORDERS[1], messages=3)
    assert told(talk.client(ack(1, 3, multiple=True))) == [("acknowledged", ORDERS[0]), ("acknowledged", ORDERS[2])]
    assert bytes(talk.out[CLIENT]) == ack(1, 1) + ack(1, 3)


# --- what is not AMQP 0-9-1, or not as it should be

@pytest.mark.parametrize(("hello", "word"), [(b"\x16\x03\x01\x02\x00", "TLS"), (b"AMQP\x00\x01\x00\x00", "not AMQP 0-9-1"),
                                             (b"GET / HTTP/1.1\r\n", "not AMQP"), (b"AMX", "not AMQP")])
def test_another_protocol_is_named_and_handed_back(hello, word):
    talk = Talk()
    with pytest.raises(Undecodable, match=word):
        talk.client(hello)
    assert talk.decoder.rest(CLIENT) == hello


def test_half_a_protocol_header_waits():
    talk = Talk()
    assert talk.client(HELLO[:3]) == [] and not talk.out[CLIENT]
    talk.client(HELLO[3:])
    assert talk.out[CLIENT] == HELLO


def test_a_broker_may_refuse_with_a_protocol_header():
    talk = Talk()
    talk.broker(HELLO)
    assert talk.out[BROKER] == HELLO


@pytest.mark.parametrize("bad", [b"\x05" + bytes(7), b"\x01\x00\x01\x7f\xff\xff\xff", ack(1, 1)[:-1] + b"\x00"])
def test_a_frame_that_cannot_be_is_the_end_of_decoding(bad):
    talk = consuming()
    with pytest.raises(Undecodable):
        talk.client(ack(1, 1), bad)
    assert bytes(talk.out[CLIENT]) + talk.decoder.rest(CLIENT) == ack(1, 1) + bad


@pytest.mark.parametrize("odd", [
    b"\x01\x00\x01\x00\x00\x00\x04\x03\xe7\x00\x01\xce", b"\x01\x00\x01\x00\x00\x00\x02\x00\x3c\xce",  # unknown; cut short
    b"\x01\x00\x01\x00\x00\x00\x05\x00\x3c\x00\x50\x01\xce",  # an ack without its tag
    content(1, Basic.Publish(), b"x")[1], content(1, Basic.Publish(), b"x")[2]])  # a header, a body, of nothing
def test_a_frame_that_makes_no_sense_is_told_and_relayed(odd):
    talk = consuming()
    seen = talk.client(odd, ack(1, 1))
    assert told(seen) == [("undecoded", None), ("acknowledged", ORDERS[0])]
    assert bytes(talk.out[CLIENT]) == odd + ack(1, 1)
