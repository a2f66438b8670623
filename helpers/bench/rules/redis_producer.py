"""Rules for producers on Redis.

What a script does inside Redis (`opaque`) is inferred, never seen: no accusation hangs on it.
"""

from helpers.bench.evidence import Evidence, Proof
from helpers.bench.rules.producer import sent_twice_in_one_life
from helpers.wire.events import Event

_CHANNELS = ("PUBLISH", "SPUBLISH")


def trimmed_unread(ev: Evidence) -> Proof | None:
    """The program's own trimming took an order out of the stream, in which nobody has read yet."""
    for order in ev.lost:
        added = [e for e in ev.of(order, "confirmed") if e.frame == "XADD"]
        trimmed = ev.of(order, "trimmed") or [e for e in ev.all("trimmed") if e.actor in ev.roles and e.order is None]
        trimmed = [e for e in trimmed if added and e.seq > added[0].seq]
        if trimmed:
            lost = [o for o in ev.lost if ev.of(o, "confirmed")]
            return Proof("trimmed-unread", lost, [added[0], trimmed[0]])
    return None


def message_expires(ev: Evidence) -> Proof | None:
    """The stream was given a time to live, which ran out when the order stood in it."""
    said = [e for e in ev.all("method") if e.frame in ("EXPIRE", "PEXPIRE", "PERSIST")]
    ends = [(e, _runs_out(ev, e, said)) for e in said if e.actor in ev.roles]
    for order in ev.lost:
        added = [e for e in ev.of(order, "confirmed") if e.frame == "XADD"]
        if not added or ev.of(order, "delivered", "redelivered", "trimmed", "acknowledged"):
            continue
        for expires, end in ends:
            there = (added[-1].pos or {}).get("stream") == expires.data.get("stream")
            if there and end is not None and added[-1].t_ns < end and not _went_otherwise(ev, added[-1], end):
                lost = [o for o in ev.lost if ev.of(o, "confirmed")]
                return Proof("message-expires", lost, [added[-1], expires],
                             note=f"The whole stream was gone {expires.data['ms']} ms after {expires.frame}.")
    return None


def _runs_out(ev: Evidence, expires: Event, said: list[Event]) -> int | None:
    """When (t_ns); None where that did not come about: a later word about the stream came first, or the run's end."""
    if expires.data.get("ms") is None:
        return None
    end = expires.t_ns + expires.data["ms"] * 1_000_000
    later = [e.t_ns for e in said if e.seq > expires.seq and e.data.get("stream") == expires.data.get("stream")]
    return end if end < min([*later, ev.events[-1].t_ns]) else None


def _went_otherwise(ev: Evidence, added: Event, end: int) -> bool:
    return any(e.seq > added.seq and e.t_ns <= end and (e.kind == "purged" or e.actor == "broker")
               for e in ev.all("killed", "purged"))


def not_persistent(ev: Evidence) -> Proof | None:
    """Added and answered, taken out by nobody, and gone with Redis's process."""
    lost = [(o, killed) for o in ev.lost
            if (added := [e for e in ev.of(o, "confirmed") if e.data.get("command") not in _CHANNELS])
            and (killed := ev.first(e for e in ev.all("killed") if e.actor == "broker" and e.seq > added[-1].seq))]
    if not lost:
        return None
    order, killed = lost[0]
    said = [e for e in ev.all("method") if e.frame in ("CONFIG SET", "CONFIG REWRITE") and e.seq < killed.seq]
    on = [e for e in said if e.data.get("settings", {}).get("appendonly") == "yes"]
    rewritten = on and any(e.frame == "CONFIG REWRITE" and e.seq > on[-1].seq for e in said)
    note = "Nothing had set appendonly yes."
    if rewritten:
        note = ("After CONFIG SET appendonly yes Redis first writes down all that it holds; killed before that was done, it had "
                "no file to read. WAITAOF waits for it.")
    elif on:
        note = ("CONFIG SET holds for the running process only: the next one read a configuration file that still says "
                "appendonly no. CONFIG REWRITE writes it there.")
    return Proof("not-persistent", [o for o, _ in lost], [*on[-1:], ev.of(order, "confirmed")[-1], killed], note=note)


def channel_keeps_nothing(ev: Evidence) -> Proof | None:
    """A lost order that was only ever published on a channel."""
    lost = [o for o in ev.lost if (sent := ev.of(o, "published")) and all(e.frame in _CHANNELS for e in sent)
            and not any(e.kind == "published" and e.frame not in _CHANNELS for e in ev.ledger.history[o])]
    if not lost:
        return None
    return Proof("channel-keeps-nothing", lost, [ev.of(lost[0], "published")[0], *ev.of(lost[0], "accepted")[:1]])


def publish_to_nobody(ev: Evidence) -> Proof | None:
    """Nobody heard of an accepted order, and it was not put aside for the one who was away."""
    unheard = [e.order for e in ev.all("queued") if any(kind == "publish-to-nobody" for kind, _ in e.data.get("amiss", ()))]
    # Where PUBLISH has answered 1, the one who listened may still have lost it: that is not the program's doing.
    unheard = [order for order in dict.fromkeys(unheard) if ev.of(order, "accepted")
               and not any(e.data.get("receivers") or e.data.get("opaque") for e in ev.of(order, "confirmed"))]
    if not unheard:
        return None
    told = [o for o in unheard if any(e.frame in _CHANNELS for e in ev.of(o, "confirmed"))]
    order = (told or unheard)[0]
    answers = [e for e in ev.of(order, "confirmed") if e.frame in _CHANNELS]
    note = "" if answers else "It was never published on the channel."
    return Proof("publish-to-nobody", unheard, [*answers[-1:], ev.of(order, "accepted")[0]], note=note)


def client_retry_doubles(ev: Evidence) -> Proof | None:
    """One process sent an order again after its connection broke, and Redis added it twice."""
    for order in ev.ledger.orders.duplicated:
        pair = [e for e in sent_twice_in_one_life(ev, order, but=_CHANNELS) if not e.data.get("opaque")]
        broken = [e for e in ev.all("closed", "killed") if pair and pair[0].seq < e.seq < pair[-1].seq]
        if len(pair) > 1 and broken:
            return Proof("client-retry-doubles", ev.ledger.orders.duplicated, [pair[0], broken[0], pair[1]],
                         remark=ev.guarantee != "effectively-once")
    return None


RULES = (trimmed_unread, message_expires, not_persistent, channel_keeps_nothing, publish_to_nobody, client_retry_doubles)
