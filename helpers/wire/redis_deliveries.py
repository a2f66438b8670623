"""Redis's replies that bring messages: entries of streams, elements of lists and sets, messages of Pub/Sub."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from helpers.wire.decoder import Observation
from helpers.wire.redis_calls import Call, Session, order_in, reading, text
from helpers.wire.resp import words

_ENTRY = re.compile(rb"\d+-\d+")


def orders_in(value: Any, entry: str | None = None) -> Iterator[tuple[str | None, str]]:
    """(entry, order) of what a reply of any shape holds, with the entry's id where it stands beside its fields."""
    if isinstance(value, list):
        for i, each in enumerate(value):
            beside = value[i - 1] if i else None
            is_entry = isinstance(each, list) and isinstance(beside, bytes) and _ENTRY.fullmatch(beside)
            yield from orders_in(each, text(beside) if is_entry else entry)
    elif (order := order_in([value])) is not None:
        yield entry, order


def _ranked(session: Session, call: Call, value: Any) -> list[Observation]:
    """What was looked up in a sorted set, or popped from it: members, perhaps with their scores."""
    key = text(call.args[0])
    return [Observation("delivered", order, {"conn": session.conn, "stream": key, "entry": order}, call.name,
                        {"queue": key, "group": None, "auto_ack": False, "via": call.name, "looked": True})
            for order in dict.fromkeys(order for _, order in orders_in(value))]


def _entries(session: Session, call: Call, stream: str, entries: Any, kind: str, group: str | None, consumer: str | None,
             auto_ack: bool = False, **more: Any) -> list[Observation]:
    told = []
    for found in entries or ():
        if found is None:
            continue  # before Redis 7: claimed, and deleted before
        entry, fields = text(found[0]), found[1]
        if fields is None:
            continue  # deleted meanwhile: there is nothing to work on
        order = order_in([part for pair in fields for part in pair] if fields and isinstance(fields[0], list) else fields)
        session.book.enter(stream, entry, order)
        again = kind == "redelivered" or (len(found) > 3 and found[3] > 0)  # XREADGROUP CLAIM: idle time, deliveries before
        if group is not None and not auto_ack:
            session.book.give(stream, group, consumer or "", entry)
        told.append(Observation(
            "redelivered" if again else "delivered", order, {"conn": session.conn, "stream": stream, "entry": entry}, call.name,
            {"queue": stream, "group": group, "consumer": consumer, "auto_ack": auto_ack, "via": call.name, **more}))
    return told


def _read(session: Session, call: Call, value: Any) -> list[Observation]:
    asked = reading(call.args)
    told = []
    for key, entries in value or ():
        stream = text(key)
        history = asked.group is not None and asked.ids.get(stream) != ">"
        told += _entries(session, call, stream, entries, "redelivered" if history else "delivered", asked.group, asked.consumer,
                         auto_ack=asked.noack and not history, **({} if asked.group else {"looked": True}))
    return told or _nothing(session, call, next(iter(asked.ids), None), value is None)


def _nothing(session: Session, call: Call, stream: str | None, nil: bool = True) -> list[Observation]:
    """A read that found nothing is told once, until one finds something."""
    was, session.empty = session.empty, session.empty or nil
    if was or not nil:
        return []
    return [Observation("polled", None, {"conn": session.conn}, call.name, {"queue": stream, "found": False})]


def _pending(session: Session, call: Call, value: Any) -> list[Observation]:
    """XPENDING, or a claim of nothing: once a connection it is told that somebody looks after pending entries."""
    if session.looked:
        return []
    session.looked = True
    return [Observation("polled", None, {"conn": session.conn}, call.name,
                        {"queue": text(call.args[0]), "command": call.name})]


def _xclaim(session: Session, call: Call, value: Any) -> list[Observation]:
    stream, group, consumer, idle = words(call.args[:4])
    if not value:
        return _pending(session, call, value)
    if any(word.upper() == b"JUSTID" for word in call.args[4:]):
        return _claimed_ids(session, call, value)
    return _entries(session, call, stream, value, "redelivered", group, consumer, min_idle=int(idle))


def _xautoclaim(session: Session, call: Call, value: Any) -> list[Observation]:
    stream, group, consumer, idle = words(call.args[:4])
    if not value[1]:
        return _pending(session, call, value)
    if any(word.upper() == b"JUSTID" for word in call.args[4:]):
        return _claimed_ids(session, call, value[1])
    return _entries(session, call, stream, value[1], "redelivered", group, consumer, min_idle=int(idle))


def _claimed_ids(session: Session, call: Call, entries: Any) -> list[Observation]:
    stream, group, consumer, idle = words(call.args[:4])
    told = []
    for entry in words(entries):
        session.book.give(stream, group, consumer, entry)
        told.append(Observation(
            "redelivered", session.book.order(stream, entry), {"conn": session.conn, "stream": stream, "entry": entry},
            call.name, {"queue": stream, "group": group, "consumer": consumer, "auto_ack": False, "via": call.name,
                        "min_idle": int(idle), "justid": True}))
    return told


def _xrange(session: Session, call: Call, value: Any) -> list[Observation]:
    return _entries(session, call, text(call.args[0]), value, "delivered", None, None, looked=True)


def _pop(session: Session, call: Call, value: Any) -> list[Observation]:
    """LPOP key [count], BLPOP key… timeout: taken out of the list, and nowhere else."""
    if value is None:
        return _nothing(session, call, text(call.args[0]))
    if call.name.startswith("B"):
        key, values = text(value[0]), [value[1]]
    else:
        key, values = text(call.args[0]), value if isinstance(value, list) else [value]
    return [_popped(session, call, key, each, auto_ack=True) for each in values]


def _mpop(session: Session, call: Call, value: Any) -> list[Observation]:
    if value is None:
        return _nothing(session, call, None)
    return [_popped(session, call, text(value[0]), each, auto_ack=True) for each in value[1]]


def _move(session: Session, call: Call, value: Any) -> list[Observation]:
    """LMOVE, RPOPLPUSH and their blocking forms: the message stands in another list until it is removed there."""
    source, to = words(call.args[:2])
    if value is None:
        return _nothing(session, call, source)
    seen = _popped(session, call, source, value, auto_ack=False, moved_to=to)
    if seen.order is not None:
        session.book.move(source, to, seen.order)
    return [seen]


def _popped(session: Session, call: Call, key: str, value: Any, **data: Any) -> Observation:
    order = order_in([value])
    session.book.is_list(key)
    session.empty = False
    return Observation("delivered", order, {"conn": session.conn, "stream": key, "entry": order}, call.name,
                       {"queue": key, "group": None, "via": call.name, **data})


def message(session: Session, parts: Sequence[Any]) -> Observation:
    """A message of Pub/Sub: nothing is left of it in Redis."""
    channel, order = text(parts[-2]), order_in(parts[-1:])
    return Observation("delivered", order, {"conn": session.conn, "stream": channel, "entry": order}, text(parts[0]),
                       {"queue": channel, "group": None, "via": text(parts[0]), "auto_ack": True})


DELIVERED: dict[str, Callable[[Session, Call, Any], list[Observation]]] = {
    "XREADGROUP": _read, "XREAD": _read, "XCLAIM": _xclaim, "XAUTOCLAIM": _xautoclaim, "XPENDING": _pending, "XRANGE": _xrange,
    "XREVRANGE": _xrange, "LMPOP": _mpop, "BLMPOP": _mpop,
    **dict.fromkeys(("ZRANGE", "ZRANGEBYSCORE", "ZPOPMIN", "BZPOPMIN"), _ranked),
    **dict.fromkeys(("LPOP", "RPOP", "BLPOP", "BRPOP"), _pop),
    **dict.fromkeys(("LMOVE", "BLMOVE", "RPOPLPUSH", "BRPOPLPUSH"), _move),
}
"""Command -> what a reply to it says."""
