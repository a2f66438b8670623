"""Redis's replies as the tap sees them come back: what each says of the command that it answers."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from helpers.wire.decoder import Observation
from helpers.wire.redis_commands import SCRIPTS, Call, Session, added, order_in, reading, text, trimming
from helpers.wire.resp import Failure, words

_ENTRY = re.compile(rb"\d+-\d+")
_SETTLING = frozenset({"XACK", "XACKDEL", "LREM"})


def answered(session: Session, call: Call, value: Any) -> list[Observation]:
    """What the reply to a command says. Raises what a reply of another shape than the command's raises."""
    if isinstance(value, Failure):
        return failed(session, call, value)
    tell = _ANSWERED.get(call.name)
    return tell(session, call, value) if tell is not None else []


def failed(session: Session, call: Call, error: str) -> list[Observation]:
    """A command, or a whole transaction, came to nothing."""
    told = []
    for each in [call] if call.inner is None else call.inner:
        settles = bool(each.undo) or each.name in _SETTLING
        each.withdraw()
        told += [_refused(session, each, order, error) for order in each.orders]
        if settles:
            told.append(_refused(session, each, None, error))
        if each.name == "XGROUP CREATE":
            told.append(_created(session, each, error))
    return told


def _refused(session: Session, call: Call, order: str | None, error: str) -> Observation:
    data = {"error": str(error)[:200], "command": call.name}
    if call.commit is not None:
        data["commit"] = call.commit
    return Observation("refused", order, {"conn": session.conn}, call.name, data)


# --- in

def _xadd(session: Session, call: Call, value: Any) -> list[Observation]:
    if value is None:
        return failed(session, call, "no such stream (NOMKSTREAM)")
    stream, trim, _ = added(call.args)
    entry = text(value)
    session.book.enter(stream, entry, call.orders[0])
    told = [Observation("confirmed", call.orders[0], {"conn": session.conn, "stream": stream, "entry": entry}, "XADD",
                        {"command": "XADD"})]
    if trim is not None:
        told += _cut(session, call, stream, *trim)
    return told


def _cut(session: Session, call: Call, stream: str, which: str, exact: bool, threshold: bytes) -> list[Observation]:
    """What XADD's own trimming took away. An approximate one keeps whole nodes: what it took is not known."""
    there = list(session.book.oldest(stream))
    if which == "MAXLEN":
        gone = there[:max(0, len(there) - int(threshold))]
    else:
        least = _age(text(threshold))
        gone = [entry for entry in there if _age(entry) < least]
    if not gone or not exact:
        return []
    return _trimmed(session, call, stream, gone, f"XADD {which}")


def _age(entry: str) -> tuple[int, int]:
    ms, _, n = entry.partition("-")
    return int(ms), int(n or 0)


def _trimmed(session: Session, call: Call, stream: str, gone: Sequence[str], command: str) -> list[Observation]:
    for entry in gone:
        session.book.delete(stream, entry)
    return [Observation("trimmed", session.book.order(stream, entry), {"conn": session.conn, "stream": stream, "entry": entry},
                        call.name, {"command": command, "by": "program"}) for entry in gone]


def _xtrim(session: Session, call: Call, value: Any) -> list[Observation]:
    stream = text(call.args[0])
    which = trimming(call.args, 1)[0]
    gone = [entry for entry, _ in zip(session.book.oldest(stream), range(value))]
    told = _trimmed(session, call, stream, gone, f"XTRIM {which}")
    if value > len(gone):
        told.append(Observation("trimmed", None, {"conn": session.conn, "stream": stream}, call.name,
                                {"command": f"XTRIM {which}", "by": "program", "count": value - len(gone)}))
    return told


def _push(session: Session, call: Call, value: Any) -> list[Observation]:
    if value == 0:  # RPUSHX, LPUSHX
        return failed(session, call, f"no such list ({call.name})")
    key = text(call.args[0])
    return [Observation("confirmed", order, {"conn": session.conn, "stream": key, "entry": order}, call.name,
                        {"command": call.name}) for order in call.orders]


def _zadd(session: Session, call: Call, value: Any) -> list[Observation]:
    return [Observation("confirmed", order, {"conn": session.conn, "stream": text(call.args[0]), "entry": order}, "ZADD",
                        {"command": "ZADD"}) for order in call.orders]


def _ranked(session: Session, call: Call, value: Any) -> list[Observation]:
    """What was looked up in a sorted set, or popped from it: members, perhaps with their scores."""
    key = text(call.args[0])
    return [Observation("delivered", order, {"conn": session.conn, "stream": key, "entry": order}, call.name,
                        {"queue": key, "group": None, "auto_ack": False, "via": call.name, "looked": True})
            for order in dict.fromkeys(order for _, order in _orders_in(value))]


def _publish(session: Session, call: Call, value: Any) -> list[Observation]:
    return [Observation("confirmed", call.orders[0], {"conn": session.conn, "stream": text(call.args[0])}, call.name,
                        {"command": call.name, "receivers": value})]


def _script(session: Session, call: Call, value: Any) -> list[Observation]:
    """It ran to its end; whether it added anything, or found that it need not, only the script knows."""
    told = [Observation("confirmed", order, {"conn": session.conn}, call.name, {"command": call.name, "opaque": True})
            for order in call.orders]
    stream = text(call.args[2]) if len(call.args) > 2 else None
    return told + [
        Observation("delivered", order, {"conn": session.conn, "stream": stream, "entry": entry or order}, call.name,
                    {"queue": stream, "group": None, "auto_ack": False, "via": call.name, "looked": True, "opaque": True})
        for entry, order in dict.fromkeys(_orders_in(value))]


def _orders_in(value: Any, entry: str | None = None) -> Iterator[tuple[str | None, str]]:
    """(entry, order) of what a reply of any shape holds, with the entry's id where it stands beside its fields."""
    if isinstance(value, list):
        for i, each in enumerate(value):
            beside = value[i - 1] if i else None
            is_entry = isinstance(each, list) and isinstance(beside, bytes) and _ENTRY.fullmatch(beside)
            yield from _orders_in(each, text(beside) if is_entry else entry)
    elif (order := order_in([value])) is not None:
        yield entry, order


# --- out

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


# --- settled, made, removed

def _settled(session: Session, call: Call, value: Any) -> list[Observation]:
    """XACK answers how many it took off the list of pending entries; with none of them it has done nothing."""
    nothing = value == 0 or (isinstance(value, list) and all(each == -1 for each in value))
    if nothing:
        return [_refused(session, call, None, "nothing was there under these ids")]
    return []


def _lrem(session: Session, call: Call, value: Any) -> list[Observation]:
    return [_refused(session, call, None, "nothing was there")] if value == 0 and call.commit else []


def _created(session: Session, call: Call, error: str | None) -> Observation:
    stream, group, start = words(call.args[:3])
    return Observation("declared", None, {"conn": session.conn}, call.name,
                       {"stream": stream, "group": group, "start": start, "error": error})


def _create(session: Session, call: Call, value: Any) -> list[Observation]:
    return [_created(session, call, None)]


def _delconsumer(session: Session, call: Call, value: Any) -> list[Observation]:
    stream, group, consumer = words(call.args[:3])
    book = session.book
    entries = book.of(stream, group, consumer)
    for entry in entries:
        book.take(stream, group, entry)
    data = {"command": call.name, "stream": stream, "group": group, "consumer": consumer, "pending": value}
    told = [Observation("method", order, {"conn": session.conn, "stream": stream, "entry": entry}, call.name, data)
            for entry in entries if (order := book.order(stream, entry))]
    return told or [Observation("method", None, {"conn": session.conn}, call.name, data)]


def _setid(session: Session, call: Call, value: Any) -> list[Observation]:
    stream, group, start = words(call.args[:3])
    return [Observation("method", None, {"conn": session.conn}, call.name,
                        {"command": call.name, "stream": stream, "group": group, "start": start})]


def _hello(session: Session, call: Call, value: Any) -> list[Observation]:
    if call.args:
        session.proto = int(call.args[0])
    return []


_ANSWERED: dict[str, Callable[[Session, Call, Any], list[Observation]]] = {
    "ZADD": _zadd, **dict.fromkeys(("ZRANGE", "ZRANGEBYSCORE", "ZPOPMIN", "BZPOPMIN"), _ranked), "XADD": _xadd, "XTRIM": _xtrim, "PUBLISH": _publish, "SPUBLISH": _publish,
    "XREADGROUP": _read, "XREAD": _read, "XCLAIM": _xclaim, "XAUTOCLAIM": _xautoclaim, "XPENDING": _pending, "XRANGE": _xrange, "XREVRANGE": _xrange,
    "LMPOP": _mpop, "BLMPOP": _mpop, "XACK": _settled, "XACKDEL": _settled, "LREM": _lrem, "XGROUP CREATE": _create,
    "XGROUP DELCONSUMER": _delconsumer, "XGROUP SETID": _setid, "HELLO": _hello,
    **dict.fromkeys(("RPUSH", "LPUSH", "RPUSHX", "LPUSHX"), _push), **dict.fromkeys(SCRIPTS, _script),
    **dict.fromkeys(("LPOP", "RPOP", "BLPOP", "BRPOP"), _pop),
    **dict.fromkeys(("LMOVE", "BLMOVE", "RPOPLPUSH", "BRPOPLPUSH"), _move),
}
