"""Redis's replies as the tap sees them come back: what each says of the command that it answers. (Those that bring messages:
redis_deliveries.)"""

from collections.abc import Callable, Sequence
from typing import Any

from helpers.wire.decoder import Observation
from helpers.wire.redis_calls import SCRIPTS, Call, Session, added, text, trimming
from helpers.wire.redis_deliveries import DELIVERED, orders_in
from helpers.wire.resp import Failure, words

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
        for entry, order in dict.fromkeys(orders_in(value))]


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
    **DELIVERED, "ZADD": _zadd, "XADD": _xadd, "XTRIM": _xtrim, "PUBLISH": _publish, "SPUBLISH": _publish,
    "XACK": _settled, "XACKDEL": _settled, "LREM": _lrem, "XGROUP CREATE": _create, "XGROUP DELCONSUMER": _delconsumer,
    "XGROUP SETID": _setid, "HELLO": _hello,
    **dict.fromkeys(("RPUSH", "LPUSH", "RPUSHX", "LPUSHX"), _push), **dict.fromkeys(SCRIPTS, _script),
}
