"""Rules for consumers on RabbitMQ. A loss is named by how the broker came to forget the order."""

from helpers.bench.evidence import Evidence, Proof
from helpers.bench.rules.common import broke_off, first_loss, work_before_ack
from helpers.wire.events import Event

_UNKNOWN_TAG = 406
_POLLS = 8
"""Looks into an empty queue from which on it is a habit: a run leaves a program idle for a quarter of a second, so this is
one that waits less than 30 ms between two looks, or does little else."""
_SILENT_HEARTBEATS = 1.5


def wrong_tag(ev: Evidence) -> Proof | None:
    """An acknowledgement of a tag that is not outstanding on its channel, answered by 406."""
    for bad in ev.all("acknowledged", "rejected", unknown=True):
        closed = ev.first(e for e in ev.events[bad.seq:] if e.kind == "closed" and e.data.get("code") == _UNKNOWN_TAG)
        if closed is None:
            continue
        place, tag = (bad.pos["conn"], bad.pos["channel"]), bad.pos["tag"]
        earlier = [e for e in ev.events[:bad.seq] if e.kind in ("delivered", "redelivered") and e.actor == bad.actor
                   and e.pos["tag"] == tag]
        here = [e for e in earlier if (e.pos["conn"], e.pos["channel"]) == place]
        there = [e for e in earlier if (e.pos["conn"], e.pos["channel"]) != place and ev.settlement(e) is None
                 and ((end := ev.end_of_life(e)) is None or end.seq > bad.seq)]
        if here:
            settled = ev.settlement(here[-1])
            if settled is not None and settled.data.get("multiple") and settled.data["tag"] > tag:
                return Proof("ack-multiple-unprocessed", [here[-1].order], [settled, bad, closed])
            return Proof("ack-twice", [here[-1].order], [settled or here[-1], bad, closed])
        if there:
            return Proof("ack-wrong-channel", [there[-1].order], [there[-1], bad, closed])
    return None


def lost_order(ev: Evidence) -> Proof | None:
    """Names the loss of the first order whose loss can be named."""
    return first_loss(ev, _loss)


def _loss(ev: Evidence, order: str) -> Proof | None:
    deliveries = ev.deliveries(order)
    if not deliveries:
        return _auto_ack_unseen(ev, order)
    return _auto_ack(ev, order, deliveries[-1]) or _forgotten(ev, order, deliveries[-1])


def _auto_ack(ev: Evidence, order: str, delivery: Event) -> Proof | None:
    if not delivery.data.get("auto_ack"):
        return None
    end = ev.end_of_life(delivery)
    subscribed = ev.first(e for e in reversed(ev.events[:delivery.seq])
                          if e.kind in ("subscribed", "polled") and e.data.get("auto_ack"))
    prefetch = subscribed.data.get("prefetch") if subscribed else 0
    note = (f"Your prefetch of {prefetch} does not save it: it limits unacknowledged messages, and with auto_ack there "
            "are none.") if prefetch else ""
    shown = [e for e in (subscribed, delivery, end) if e is not None]
    return Proof("auto-ack", [order], shown, never="charged", note=note)


def _auto_ack_unseen(ev: Evidence, order: str) -> Proof | None:
    """No delivery was seen: the broker sent it when the program was gone."""
    unseen = ev.sent_unseen(order)
    if unseen is None:
        return None
    return Proof("auto-ack", [order], [unseen[0], ev.of(order, "published")[-1], unseen[1]], never="charged",
                 note="It was sent into a connection whose program was gone.")


def _forgotten(ev: Evidence, order: str, delivery: Event) -> Proof | None:
    """The order's last delivery was settled by the program, and it was never charged."""
    settled = ev.settlement(delivery)
    if settled is None or settled.data.get("requeue") or _copied(ev, order, settled):
        return None
    attempts = ev.attempts(order)
    before = [e for e in attempts if delivery.seq < e.seq < settled.seq]
    after = [e for e in attempts if e.seq > settled.seq]
    end = ev.end_of_life(settled)
    redelivered = delivery.kind == "redelivered"
    if settled.kind == "rejected" and redelivered and not before:
        return Proof("redelivered-is-duplicate", [order], [delivery, settled], never="charged")
    if settled.kind == "rejected":
        return Proof("dlx-missing", [order], [delivery, *before[-1:], settled], never="charged")
    if before and before[-1].kind == "charged":
        return _replayed(ev, order, before[-1], settled)
    if before:
        return Proof(broke_off(before[-1], "swallow-and-ack"), [order], [before[-1], settled], never="charged")
    if _covers_more_than_was_done(ev, settled):
        return Proof("ack-multiple-unprocessed", [order], [delivery, settled, *([end] if end else [])], never="charged")
    killed = end is not None and end.kind == "killed"
    died = killed or (end is not None and bool(end.data.get("status")))
    if after or (died and not ev.charges_first and not (redelivered and ev.skips_redelivered)):
        return Proof("ack-before-work", [order], [settled, *(after[-1:] or [end])], never="charged")
    return Proof("redelivered-is-duplicate" if redelivered else "skip-and-ack", [order], [delivery, settled], never="charged")


def _replayed(ev: Evidence, order: str, answered: Event, settled: Event) -> Proof:
    """The shop took the order for another one, whose key it carried."""
    key = answered.data.get("key")
    other = ev.first(e for e in ev.all("charged", key=key) if e.order != order)
    return Proof("dedupe-on-delivery-id", [order], [*([other] if other else []), answered, settled], never="charged",
                 note=f"The shop had seen the key {key} before, with another order: it answered \"replayed\".")


def _copied(ev: Evidence, order: str, settled: Event) -> bool:
    """Whether the program had a copy of it confirmed elsewhere before it let go of this one."""
    return any(e.actor in ev.roles for e in ev.of(order, "confirmed", before=settled.seq))


def _covers_more_than_was_done(ev: Evidence, settled: Event) -> bool:
    """The frame's own order was charged before, this one is only covered by it."""
    if not settled.data.get("multiple"):
        return False
    frame = [e for e in ev.all("acknowledged") if e.actor == settled.actor and e.pos["conn"] == settled.pos["conn"]
             and e.pos["channel"] == settled.pos["channel"] and e.data.get("tag") == settled.data.get("tag")]
    return any(ev.of(e.order, "charged", before=settled.seq) for e in frame if e.order and e.order != settled.order)


def never_ack(ev: Evidence) -> Proof | None:
    """Orders stand in the queue at the end that were charged, and no delivery of which was ever settled."""
    held = [o for o in ev.ledger.orders.left_over if ev.ledger.effects.get(o) and not ev.of(o, "acknowledged", "rejected")
            and not _broke_off(ev, ev.ledger.effects[o][-1]) and not _cut_off(ev, ev.deliveries(o)[-1])]
    if not held:
        return None
    first = held[0]
    return Proof("never-ack", held, [ev.deliveries(first)[0], ev.ledger.effects[first][0], *ev.of(first, "queued")[:1]],
                 never="acknowledged")


def _broke_off(ev: Evidence, effect: Event) -> bool:
    """Whether the program ended with an error after it, and so never came to acknowledge."""
    end = ev.end_of_life(effect)
    return end is not None and end.kind == "ended" and bool(end.data.get("status"))


def _cut_off(ev: Evidence, delivery: Event) -> bool:
    """Whether its connection was ended by another than the program, which then could not acknowledge any more."""
    return any(e.actor == delivery.actor and e.data.get("conn") == delivery.pos["conn"] and e.data.get("by") != "client"
               for e in ev.all("closed") if e.seq > delivery.seq)


def blocks_heartbeat(ev: Evidence) -> Proof | None:
    """The broker ended a connection whose program had been silent for too long, in the middle of a charge."""
    heartbeats = {(e.actor, e.data.get("conn")): e.data.get("heartbeat") or 0 for e in ev.all("opened")}
    for closed in ev.all("closed", by="broker", scope="connection"):
        beat = heartbeats.get((closed.actor, closed.data.get("conn")), 0)
        silent = closed.data.get("client_silent_s") or 0
        if not beat or silent < _SILENT_HEARTBEATS * beat:
            continue
        if any(e.kind in ("paused", "reset", "killed") for e in ev.events[max(0, closed.seq - 50):closed.seq]):
            continue
        held = [o for o in closed.data.get("unsettled") or () if o]
        slow = ev.first(e for o in held for e in ev.of(o, "charged", after=closed.seq))
        end = ev.end_of_life(closed)
        broke = end is not None and end.kind == "ended" and bool(end.data.get("status"))
        proof = [closed, *([slow] if slow else []), *([end] if broke else [])]
        return Proof("blocks-heartbeat", [slow.order] if slow else held[:1], proof, remark=not broke,
                     note=f"Heartbeat {beat} s, silent for {silent:.1f} s.")
    return None


def qos_after_consume(ev: Evidence) -> Proof | None:
    for qos in ev.all("qos", global_=False):
        if not qos.data.get("consumers"):
            continue
        consumer = ev.first(e for e in ev.events[:qos.seq] if e.kind == "subscribed" and e.actor == qos.actor
                            and e.data.get("channel") == qos.data.get("channel") and not e.data.get("prefetch"))
        if consumer is not None:
            return Proof("qos-after-consume", [], [consumer, qos], remark=True)
    return None


def idle_poller(ev: Evidence) -> Proof | None:
    empty = list(ev.all("polled", found=False))
    if len(empty) < _POLLS:
        return None
    return Proof("idle-poller", [], [empty[0], empty[-1]], remark=True, note=f"It asked {len(empty)} times for nothing.")


RULES = (wrong_tag, lost_order, work_before_ack, blocks_heartbeat, never_ack, qos_after_consume, idle_poller)
