"""Rules for producers on Redis.

What a script does inside Redis (`opaque`) is inferred, never seen: no accusation hangs on it.
"""

from helpers.bench.evidence import Evidence, Proof
from helpers.bench.rules.producer import sent_twice_in_one_life

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


RULES = (trimmed_unread, channel_keeps_nothing, publish_to_nobody, client_retry_doubles)
