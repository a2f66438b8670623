"""Redis commands as the tap sees them go by: what each says before Redis has answered it.

What destroys (XACK, XDEL, DEL, LREM) is told when it is sent, so that a fault may come before it; what Redis then refuses is
withdrawn by `refused` with the same `commit`.
"""

import hashlib
from collections.abc import Callable
from typing import Any

from helpers.wire.decoder import Observation
from helpers.wire.redis_calls import SCRIPTS, Call, Session, added, ids, number, order_in, reading, text
from helpers.wire.resp import reply, words

_ZADD_WORDS = frozenset((b"NX", b"XX", b"GT", b"LT", b"CH", b"INCR"))


# --- told when they are sent

def asked(session: Session, call: Call, tx: str | None = None) -> list[Observation]:
    """What a command says as it is sent; `tx`: the number of the transaction whose EXEC this is, which the events of one
    transaction share as data["exec"]. Raises what malformed arguments raise."""
    tell = _ASKED.get(call.name)
    if tell is None:
        return []
    call.commit = f"{session.conn}.{session.book.number()}"
    told = tell(session, call)
    for each in told:
        if each.kind in ("acknowledged", "trimmed"):
            each.data["commit"] = call.commit
        if tx:
            each.data.update(tx=True, exec=tx)
    return told


def _xadd(session: Session, call: Call) -> list[Observation]:
    stream, _, fields = added(call.args)
    order = order_in(fields)
    call.orders = [order]
    return [Observation("published", order, {"conn": session.conn, "stream": stream}, "XADD",
                        {"command": "XADD", "fields": words(fields[0:32:2])})]


def _push(session: Session, call: Call) -> list[Observation]:
    key = text(call.args[0])
    session.book.is_list(key)
    call.orders = [order_in([value]) for value in call.args[1:]]
    return [Observation("published", order, {"conn": session.conn, "stream": key}, call.name, {"command": call.name})
            for order in call.orders]


def _zadd(session: Session, call: Call) -> list[Observation]:
    """ZADD key [NX | XX] [GT | LT] [CH] [INCR] score member …: a sorted set in which messages wait, by the time when they are
    due. A member may be an entry's id, with the message left in its stream."""
    key, rest = text(call.args[0]), list(call.args[1:])
    while rest and rest[0].upper() in _ZADD_WORDS:
        rest.pop(0)
    session.book.is_list(key)
    named = [order_in([member]) or session.book.order_of_entry(text(member)) for member in rest[1::2]]
    call.orders = [order for order in named if order is not None]
    return [Observation("published", order, {"conn": session.conn, "stream": key}, "ZADD", {"command": "ZADD"})
            for order in call.orders]


def _publish(session: Session, call: Call) -> list[Observation]:
    call.orders = [order_in(call.args[1:])]
    return [Observation("published", call.orders[0], {"conn": session.conn, "stream": text(call.args[0])}, call.name,
                        {"command": call.name})]


def _xack(session: Session, call: Call) -> list[Observation]:
    stream, group = words(call.args[:2])
    return [acknowledge(session, call, stream, group, entry) for entry in words(call.args[2:])]


def _xackdel(session: Session, call: Call) -> list[Observation]:
    stream, group = words(call.args[:2])
    entries = ids(call.args)
    return [*(acknowledge(session, call, stream, group, e) for e in entries),
            *(_delete(session, call, stream, e) for e in entries)]


def acknowledge(session: Session, call: Call, stream: str, group: str, entry: str, **more: Any) -> Observation:
    book = session.book
    consumer = book.take(stream, group, entry)
    if consumer is not None:
        call.undo.append(lambda: book.give(stream, group, consumer, entry))
    return Observation("acknowledged", book.order(stream, entry), {"conn": session.conn, "stream": stream, "entry": entry},
                       call.name, {"group": group, "command": call.name, **more})


def _xdel(session: Session, call: Call) -> list[Observation]:
    stream = text(call.args[0])
    entries = ids(call.args) if call.name == "XDELEX" else words(call.args[1:])
    return [_delete(session, call, stream, entry) for entry in entries]


def _delete(session: Session, call: Call, stream: str, entry: str) -> Observation:
    session.book.delete(stream, entry)
    call.undo.append(lambda: session.book.keep(stream, entry))
    return Observation("trimmed", session.book.order(stream, entry), {"conn": session.conn, "stream": stream, "entry": entry},
                       call.name, {"command": call.name, "by": "program"})


def _lrem(session: Session, call: Call) -> list[Observation]:
    key, order = text(call.args[0]), order_in(call.args[2:])
    if order is None or not session.book.holds(key):
        return []
    came_from = session.book.came_from(key, order)
    return [Observation("acknowledged", order, {"conn": session.conn, "stream": came_from or key, "entry": order}, "LREM",
                        {"group": None, "command": "LREM"})]


def _del(session: Session, call: Call) -> list[Observation]:
    return [_purged(session, call, key) for key in words(call.args) if session.book.holds(key)]


def _flush(session: Session, call: Call) -> list[Observation]:
    return [_purged(session, call, key) for key in session.book.keys()]


def _destroy(session: Session, call: Call) -> list[Observation]:
    seen = _purged(session, call, text(call.args[0]))
    seen.data["group"] = text(call.args[1])
    return [seen]


def _purged(session: Session, call: Call, key: str) -> Observation:
    return Observation("purged", None, {"conn": session.conn, "stream": key}, call.name, {"queue": key, "command": call.name})


def _script(session: Session, call: Call) -> list[Observation]:
    """What a script does inside Redis is not seen. Where its text acknowledges, the pending entries among its arguments
    are taken for acknowledged; where it adds to a stream, the order among them for published: `opaque` marks what is
    inferred."""
    script, rest = call.args[0], call.args[2:]
    if call.name.startswith("EVAL") and not call.name.startswith("EVALSHA"):
        session.book.learn(hashlib.sha1(script).hexdigest().encode(), script)
    told = []
    if session.book.settles(call.name, script):
        told = [acknowledge(session, call, stream, group, entry, opaque=True)
                for stream, group, entry in session.book.pending_among(words(rest))]
    order = next((each.order for each in told if each.order), None) or order_in(rest)
    keys = words(rest[:number(call.args, 1)])
    if order is not None and session.book.adds(call.name, script):
        call.orders = [order]
        told.append(Observation("published", order, {"conn": session.conn, "stream": keys[0] if keys else None}, call.name,
                                {"command": call.name, "opaque": True}))
    if order is None and script in session.scripts:
        return told  # one that is called again and again about nothing is told once
    session.scripts.add(script)
    data = {"command": call.name, "opaque": True, "keys": keys}
    return [Observation("method", order, {"conn": session.conn}, call.name, data), *told]


def _script_load(session: Session, call: Call) -> list[Observation]:
    session.book.learn(hashlib.sha1(call.args[0]).hexdigest().encode(), call.args[0])
    return []


def _function_load(session: Session, call: Call) -> list[Observation]:
    session.book.learn_functions(call.args[-1])
    return []


def _xreadgroup(session: Session, call: Call) -> list[Observation]:
    asked_for = reading(call.args)
    told = []
    for stream in asked_for.ids:
        who = stream, asked_for.group or "", asked_for.consumer or ""
        if who not in session.reading:
            session.reading.add(who)
            told.append(Observation("subscribed", None, {"conn": session.conn}, "XREADGROUP", {
                "conn": session.conn, "stream": stream, "group": asked_for.group, "consumer": asked_for.consumer,
                "noack": asked_for.noack}))
    return told


_IN_MS = {"EXPIRE": 1000, "PEXPIRE": 1}


def _expire(session: Session, call: Call) -> list[Observation]:
    """EXPIRE key seconds [condition]: the key with all its messages is gone by itself then. PERSIST takes that back."""
    key = text(call.args[0])
    if not session.book.holds(key) or len(call.args) > 2:  # NX, XX, GT, LT: whether it came about, only Redis knows
        return []
    ms = number(call.args, 1) * _IN_MS[call.name] if call.name in _IN_MS else None
    return [Observation("method", None, {"conn": session.conn, "stream": key}, call.name,
                        {"command": call.name, "stream": key, "ms": ms})]


_KEEPS = frozenset({"appendonly", "appendfsync", "save"})
"""Settings that decide what of Redis outlives its process."""


def _config(session: Session, call: Call) -> list[Observation]:
    """What is set of persistence, and whether it is written to the configuration file."""
    what, *rest = words(call.args)
    settings = {name.lower(): value for name, value in zip(rest[::2], rest[1::2], strict=False) if name.lower() in _KEEPS}
    name = f"CONFIG {what.upper()}"
    if name == "CONFIG REWRITE" or (name == "CONFIG SET" and settings):
        return [Observation("method", None, {"conn": session.conn}, name, {"command": name, "settings": settings})]
    return []


_ASKED: dict[str, Callable[[Session, Call], list[Observation]]] = {
    "XADD": _xadd, "XACK": _xack, "XACKDEL": _xackdel, "XDEL": _xdel, "XDELEX": _xdel, "XREADGROUP": _xreadgroup,
    "LREM": _lrem, "ZADD": _zadd, "PUBLISH": _publish, "SPUBLISH": _publish, "DEL": _del, "UNLINK": _del, "FLUSHDB": _flush,
    "FLUSHALL": _flush, "XGROUP DESTROY": _destroy, "SCRIPT LOAD": _script_load, "FUNCTION LOAD": _function_load,
    "CONFIG": _config, "EXPIRE": _expire, "PEXPIRE": _expire, "PERSIST": _expire,
    **dict.fromkeys(("RPUSH", "LPUSH", "RPUSHX", "LPUSHX"), _push), **dict.fromkeys(SCRIPTS, _script),
}


# --- kept back

_HARMLESS: dict[str, Callable[[Call], Any]] = {
    "XACK": lambda call: len(call.args) - 2, "XDEL": lambda call: len(call.args) - 1, "LREM": lambda call: 1,
    "XACKDEL": lambda call: [1] * len(ids(call.args)), "XDELEX": lambda call: [1] * len(ids(call.args)),
    "SET": lambda call: b"OK", "DEL": lambda call: len(call.args), "UNLINK": lambda call: len(call.args),
    "QUIT": lambda call: b"OK", "PING": lambda call: b"PONG",
}


def forged(call: Call) -> bytes | None:
    """What Redis would have answered to a command that it never got; None where that would be a lie that costs an order
    (a message that was never added), or cannot be known."""
    calls = [call] if call.inner is None else call.inner
    if any(each.name not in _HARMLESS for each in calls):
        return None
    values = [_HARMLESS[each.name](each) for each in calls]
    return reply(values[0] if call.inner is None else values)
