"""The hot path of AMQP: messages, and what settles them."""

from functools import partial

from helpers.wire.amqp_frames import (
    ACK, DELIVER, PUBLISH, RETURN, SETTLE, Properties, read_deliver, read_get_ok, read_publish, read_return, read_settle,
    write_settle,
)
from helpers.wire.amqp_methods import polled
from helpers.wire.amqp_state import Channel, Session, Settled
from helpers.wire.decoder import Observation, Unit


def message(session: Session, number: int, method: int, start: bytes, raw: bytes, properties: Properties,
            order: str | None) -> Unit:
    """A whole message: `start` is its method's frame, `raw` all of it."""
    conn = session.conn
    channel = session.channel(number)
    if method == PUBLISH:
        exchange, key, mandatory = read_publish(start)
        tag = withdraw = None
        if channel.confirm:
            channel.sent += 1
            channel.counted += 1
            tag = channel.sent
            channel.published.pending[channel.counted] = (tag, order)
            withdraw = partial(_unpublish, channel)
        data = {"exchange": exchange, "routing_key": key, "mandatory": mandatory,
                "delivery_mode": properties.delivery_mode, "content_type": properties.content_type,
                "message_id": properties.message_id, "size": properties.size, "headers": list(properties.headers),
                "confirm": channel.confirm}
        if properties.expiration is not None:
            data["expiration"] = properties.expiration
        if channel.tx:
            data["tx"] = True
            channel.batch.published.append(order)
            withdraw = channel.batch.published.pop
        return Unit(raw, (Observation("published", order, {"conn": conn, "channel": number, "tag": tag},
                                      "Basic.Publish", data),), withdraw)
    if method == RETURN:
        code, text, exchange, key = read_return(start)
        return Unit(raw, (Observation("returned", order, {"conn": conn, "channel": number, "tag": None}, "Basic.Return",
                                      {"code": code, "text": text, "exchange": exchange, "routing_key": key}),))
    told = []
    if method == DELIVER:
        name, via = "Basic.Deliver", "consume"
        consumer_tag, tag, again, exchange, key = read_deliver(start)
        asked = channel.consumers.get(consumer_tag)
    else:
        name, via = "Basic.GetOk", "get"
        tag, again, exchange, key = read_get_ok(start)
        asked = channel.getting.popleft() if channel.getting else None
        told.append(polled(session, number, asked, name, found=True))
    queue, auto_ack = asked or (None, False)
    withdraw = None
    if not auto_ack:
        channel.delivered.pending[tag] = (tag, order)
        withdraw = partial(channel.delivered.forget, tag)
    told.append(Observation(
        "redelivered" if again else "delivered", order, {"conn": conn, "channel": number, "tag": tag}, name,
        {"queue": queue, "exchange": exchange, "routing_key": key, "auto_ack": auto_ack, "size": properties.size,
         "via": via, "headers": properties.headers}))
    return Unit(raw, told, withdraw)


def _unpublish(channel: Channel) -> None:
    channel.published.forget(channel.counted)
    channel.counted -= 1


def settle(session: Session, number: int, method: int, frame: bytes) -> Unit:
    """Basic.Ack, Basic.Nack, Basic.Reject from the program."""
    tag, multiple, requeue = read_settle(frame, method)
    kind = "acknowledged" if method == ACK else "rejected"
    data = {"multiple": multiple, "tag": tag}
    if method != ACK:
        data["requeue"] = requeue
    channel = session.channel(number)
    delivered = channel.delivered
    if tag in delivered.withheld and tag not in delivered.pending and not multiple:
        del delivered.withheld[tag]  # settled twice, the first time swallowed: the broker does not mind
        return _nothing(session, kind, number, tag, frame, SETTLE[method], {**data, "unknown": True})
    known = tag in delivered.pending or (multiple and (tag == 0 or tag in delivered.withheld))
    if channel.doomed or not known:
        channel.doomed = True  # the broker closes the channel with 406, and takes no more of what was sent on it
        return _nothing(session, kind, number, tag, frame, SETTLE[method], {**data, "unknown": True})
    covered = delivered.settle(tag, multiple)  # tag 0: the broker also counts what it has sent and the tap not yet seen
    raw = frame
    if multiple and delivered.exploded:
        raw = b"".join(write_settle(number, method, one, requeue) for one, _ in covered)
    if channel.tx:
        channel.batch.settled.append((kind, SETTLE[method], covered, data))
        return Unit(raw)
    return _covering(session, kind, number, tag, raw, SETTLE[method], data, covered, partial(delivered.withhold, covered))


def confirm(session: Session, number: int, method: int, frame: bytes) -> Unit:
    """Basic.Ack, Basic.Nack from the broker."""
    tag, multiple, _ = read_settle(frame, method)
    kind = "confirmed" if method == ACK else "refused"
    published = session.channel(number).published
    covered = published.settle(tag, multiple)
    raw = frame
    if published.exploded and (covered or multiple):
        raw = b"".join(write_settle(number, method, one, False) for one, _ in covered)
    if not covered:
        return _nothing(session, kind, number, tag, raw, SETTLE[method], {"multiple": multiple, "tag": tag, "unknown": True})
    return _covering(session, kind, number, tag, raw, SETTLE[method], {"multiple": multiple, "tag": tag}, covered,
                          partial(published.withhold, covered))


def _covering(session: Session, kind: str, number: int, tag: int, raw: bytes, name: str, data: dict, covered: list[Settled],
              withdraw: partial) -> Unit:
    """One observation for each message that a frame covers."""
    if not covered:
        return _nothing(session, kind, number, tag, raw, name, data)
    conn = session.conn
    return Unit(raw, [Observation(kind, order, {"conn": conn, "channel": number, "tag": one}, name, data)
                      for one, order in covered], withdraw)


def _nothing(session: Session, kind: str, number: int, tag: int, raw: bytes, name: str, data: dict) -> Unit:
    return Unit(raw, [Observation(kind, None, {"conn": session.conn, "channel": number, "tag": tag}, name, data)])
