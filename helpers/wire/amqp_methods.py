"""The AMQP methods that are not hot: what each does to the session, and what is told of it."""

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

from pamqp import frame as pamqp_frame

from helpers.wire.amqp_frames import small
from helpers.wire.amqp_state import Batch, Channel, Consumer, Session
from helpers.wire.decoder import Observation

_WHO = ("client", "broker")


def observe(session: Session, direction: int, number: int, frame: bytes) -> list[Observation]:
    """Apply one method frame. Raises whatever pamqp raises for a method it does not know or cannot read."""
    method = pamqp_frame.unmarshal(frame)[2]
    name: str = method.name
    handler = _HANDLERS.get(name)
    if handler is None:
        return [_told(session, direction, number, name)]
    return handler(session, direction, number, method)


def _told(session: Session, direction: int, number: int, name: str, **data: Any) -> Observation:
    """A known method that has no kind of its own."""
    return Observation("method", None, None, name, {"conn": session.conn, "channel": number, "by": _WHO[direction], **data})


# --- the connection

def _start_ok(session: Session, direction: int, number: int, method: Any) -> list[Observation]:
    told = method.client_properties or {}
    session.client = " ".join(str(small(told)[k]) for k in ("product", "version") if k in told)[:100]
    return [_told(session, direction, number, method.name, mechanism=str(method.mechanism))]  # never the response: a password


def _tune_ok(session: Session, direction: int, number: int, method: Any) -> list[Observation]:
    session.heartbeat = method.heartbeat
    session.frame_max = method.frame_max or 1 << 27
    return [_told(session, direction, number, method.name, heartbeat=method.heartbeat, frame_max=method.frame_max)]


def _open(session: Session, direction: int, number: int, method: Any) -> list[Observation]:
    session.vhost = method.virtual_host
    return [_told(session, direction, number, method.name)]


def _open_ok(session: Session, direction: int, number: int, method: Any) -> list[Observation]:
    data = {"conn": session.conn, "vhost": session.vhost, "heartbeat": session.heartbeat, "client": session.client,
            "frame_max": session.frame_max}
    return [Observation("opened", None, None, method.name, data)]


def _connection_close(session: Session, direction: int, number: int, method: Any) -> list[Observation]:
    if session.closed:  # both sides may send it at the same time
        return [_told(session, direction, number, method.name)]
    told = closed(session, _WHO[direction], method.reply_code, method.reply_text, frame=method.name)
    session.closed = True
    for channel in session.channels.values():
        channel.doomed = True
    return [told]


def closed(session: Session, by: str, code: int | None, text: str, *, channel: int | None = None, frame: str | None = None,
           unsettled: list[str] | None = None) -> Observation:
    scope = "connection" if channel is None else "channel"
    if unsettled is None:
        unsettled = session.unsettled()
    return Observation("closed", None, None, frame, {"scope": scope, "by": by, "code": code, "text": text, "conn": session.conn,
                                                     "channel": channel, "unsettled": unsettled})


# --- the channel

def _channel_open(session: Session, direction: int, number: int, method: Any) -> list[Observation]:
    session.channels[number] = Channel()  # a number may be used again: tags start anew
    return [_told(session, direction, number, method.name)]


def _channel_close(session: Session, direction: int, number: int, method: Any) -> list[Observation]:
    channel = session.channel(number)
    channel.doomed = True
    return [closed(session, _WHO[direction], method.reply_code, method.reply_text, channel=number, frame=method.name,
                   unsettled=channel.delivered.unsettled())]


def _channel_close_ok(session: Session, direction: int, number: int, method: Any) -> list[Observation]:
    session.channels.pop(number, None)
    return [_told(session, direction, number, method.name)]


def _confirm_select(session: Session, direction: int, number: int, method: Any) -> list[Observation]:
    session.channel(number).confirm = True
    return [_told(session, direction, number, method.name)]


def _qos(session: Session, direction: int, number: int, method: Any) -> list[Observation]:
    channel = session.channel(number)
    if method.global_:
        channel.prefetch_global = method.prefetch_count
    else:
        channel.prefetch = method.prefetch_count
    data = {"conn": session.conn, "channel": number, "prefetch": method.prefetch_count, "global_": bool(method.global_),
            "consumers": len(channel.active)}
    return [Observation("qos", None, None, method.name, data)]


# --- consumers

def _consume(session: Session, direction: int, number: int, method: Any) -> list[Observation]:
    channel = session.channel(number)
    consumer = Consumer(method.queue or channel.queue, bool(method.no_ack))
    if method.nowait:
        channel.begin(method.consumer_tag, consumer)
    else:
        channel.consuming.append(consumer)
    prefetch = channel.prefetch if channel.prefetch is not None else channel.prefetch_global
    data = {"conn": session.conn, "channel": number, "queue": consumer.queue, "auto_ack": consumer.auto_ack,
            "prefetch": prefetch or 0, "consumer_tag": method.consumer_tag, "arguments": small(method.arguments)}
    return [Observation("subscribed", None, None, method.name, data)]


def _consume_ok(session: Session, direction: int, number: int, method: Any) -> list[Observation]:
    channel = session.channel(number)
    if channel.consuming:  # answers come in the order of the requests
        channel.begin(method.consumer_tag, channel.consuming.popleft())
    return [_told(session, direction, number, method.name, consumer_tag=method.consumer_tag)]


def _cancel(session: Session, direction: int, number: int, method: Any) -> list[Observation]:
    channel = session.channel(number)
    channel.active.discard(method.consumer_tag)
    consumer = channel.consumers.get(method.consumer_tag)
    data = {"conn": session.conn, "channel": number, "by": _WHO[direction], "consumer_tag": method.consumer_tag,
            "queue": consumer.queue if consumer else None}
    return [Observation("cancelled", None, None, method.name, data)]


def _get(session: Session, direction: int, number: int, method: Any) -> list[Observation]:
    channel = session.channel(number)
    channel.getting.append(Consumer(method.queue or channel.queue, bool(method.no_ack)))
    return []  # told when the answer comes


def _get_empty(session: Session, direction: int, number: int, method: Any) -> list[Observation]:
    return [polled(session, number, _next(session.channel(number).getting), method.name, found=False)]


def polled(session: Session, number: int, asked: Consumer | None, frame: str, *, found: bool) -> Observation:
    queue, auto_ack = asked or (None, False)
    return Observation("polled", None, None, frame, {"conn": session.conn, "channel": number, "queue": queue,
                                                     "auto_ack": auto_ack, "found": found})


def _next(waiting: deque[Any]) -> Any:
    return waiting.popleft() if waiting else None


def _recover_ok(session: Session, direction: int, number: int, method: Any) -> list[Observation]:
    delivered = session.channel(number).delivered  # all of them are requeued, and will come again under new tags
    delivered.pending.clear()
    delivered.withheld.clear()
    return [_told(session, direction, number, method.name)]


# --- queues and exchanges

def _declared(what: str, name_of: str, session: Session, direction: int, number: int, method: Any) -> list[Observation]:
    data: dict[str, Any] = {"conn": session.conn, "channel": number, "what": what, "name": getattr(method, name_of)}
    for key in ("exchange", "source", "routing_key", "exchange_type", "passive", "durable", "exclusive", "auto_delete", "internal"):
        if hasattr(method, key) and key != name_of:
            data[key] = getattr(method, key)
    data["arguments"] = small(method.arguments)
    if what == "queue" and method.queue:
        session.channel(number).queue = method.queue
    return [Observation("declared", None, None, method.name, data)]


def _declare_ok(session: Session, direction: int, number: int, method: Any) -> list[Observation]:
    session.channel(number).queue = method.queue
    return [_told(session, direction, number, method.name, queue=method.queue, messages=method.message_count,
                  consumers=method.consumer_count)]


def _purge(session: Session, direction: int, number: int, method: Any) -> list[Observation]:
    channel = session.channel(number)
    queue = method.queue or channel.queue
    if not method.nowait:
        channel.deleting.append(queue)
        return []  # told when the answer comes: it has the count
    return [_purged(session, number, method.name, queue, None)]


def _purge_ok(session: Session, direction: int, number: int, method: Any) -> list[Observation]:
    return [_purged(session, number, method.name, _next(session.channel(number).deleting), method.message_count)]


def _purged(session: Session, number: int, frame: str, queue: str | None, count: int | None) -> Observation:
    return Observation("purged", None, None, frame, {"conn": session.conn, "channel": number, "queue": queue,
                                                     "deleted": frame.startswith("Queue.Delete"), "count": count})


# --- transactions

def _tx_select(session: Session, direction: int, number: int, method: Any) -> list[Observation]:
    session.channel(number).tx = True
    return [_told(session, direction, number, method.name)]


def _tx_commit(session: Session, direction: int, number: int, method: Any) -> list[Observation]:
    channel = session.channel(number)
    batch, channel.batch = channel.batch, Batch()
    channel.committing.append(batch)
    settled = [order for _, _, covered, _ in batch.settled for _, order in covered if order]
    return [_told(session, direction, number, method.name, settles=settled, publishes=[o for o in batch.published if o])]


def _tx_commit_ok(session: Session, direction: int, number: int, method: Any) -> list[Observation]:
    batch = _next(session.channel(number).committing) or Batch()
    told = [_told(session, direction, number, method.name)]
    place = {"conn": session.conn, "channel": number, "tag": None}
    told += [Observation("confirmed", order, place, method.name, {"multiple": False, "tx": True}) for order in batch.published]
    told += [Observation(kind, order, {**place, "tag": tag}, method.name, {**data, "method": frame, "tx": True})
             for kind, frame, covered, data in batch.settled for tag, order in covered]
    return told


def _tx_rollback(session: Session, direction: int, number: int, method: Any) -> list[Observation]:
    channel = session.channel(number)
    for _, _, covered, _ in channel.batch.settled:
        channel.delivered.restore(covered)
    channel.batch = Batch()
    return [_told(session, direction, number, method.name)]


_HANDLERS: dict[str, Callable[[Session, int, int, Any], list[Observation]]] = {
    "Connection.StartOk": _start_ok, "Connection.TuneOk": _tune_ok, "Connection.Open": _open, "Connection.OpenOk": _open_ok,
    "Connection.Close": _connection_close, "Channel.Open": _channel_open, "Channel.Close": _channel_close,
    "Channel.CloseOk": _channel_close_ok, "Confirm.Select": _confirm_select, "Basic.Qos": _qos, "Basic.Consume": _consume,
    "Basic.ConsumeOk": _consume_ok, "Basic.Cancel": _cancel, "Basic.Get": _get, "Basic.GetEmpty": _get_empty,
    "Basic.RecoverOk": _recover_ok, "Queue.Declare": partial(_declared, "queue", "queue"), "Queue.DeclareOk": _declare_ok,
    "Exchange.Declare": partial(_declared, "exchange", "exchange"), "Queue.Bind": partial(_declared, "binding", "queue"),
    "Exchange.Bind": partial(_declared, "binding", "destination"), "Queue.Purge": _purge, "Queue.Delete": _purge,
    "Queue.PurgeOk": _purge_ok, "Queue.DeleteOk": _purge_ok, "Tx.Select": _tx_select, "Tx.Commit": _tx_commit,
    "Tx.CommitOk": _tx_commit_ok, "Tx.Rollback": _tx_rollback,
}
