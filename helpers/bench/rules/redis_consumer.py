"""Rules for consumers on Redis. A loss is named by how Redis came to forget the order, a leftover by whom it was left with.

What a script does inside Redis (`opaque`) is inferred, never seen: no accusation hangs on it.
"""

from collections.abc import Sequence
from itertools import pairwise

from helpers.bench.evidence import Evidence, Proof
from helpers.bench.rules.common import broke_off, first_loss, work_before_ack
from helpers.wire.events import Event

_CLAIMS = frozenset({"XCLAIM", "XAUTOCLAIM"})
_CHANNELS = frozenset({"message", "pmessage", "smessage"})
_TRIES = 3
"""Deliveries of an order refused for good from which on it is a habit (as in rules.common)."""


# --- lost

def lost_order(ev: Evidence) -> Proof | None:
    """Names the loss of the first order whose loss can be named."""
    return first_loss(ev, _loss)


def _loss(ev: Evidence, order: str) -> Proof | None:
    settled = _last(_by_program(ev, order, "acknowledged"))
    if settled is not None:
        return None if settled.data.get("opaque") else _forgotten(ev, order, settled)
    return _discarded(ev, order) or _deleted(ev, order) or _gone_when_sent(ev, order) or _skipped_by_the_group(ev, order)


def _discarded(ev: Evidence, order: str) -> Proof | None:
    """The consumer who had it pending was deleted."""
    removed = _last(e for e in _by_program(ev, order, "method") if e.data.get("command") == "XGROUP DELCONSUMER")
    if removed is None:
        return None
    given = ev.of(order, "delivered", "redelivered", before=removed.seq)
    return Proof("delconsumer-discards", [order], [*given[-1:], removed], never="charged")


def _deleted(ev: Evidence, order: str) -> Proof | None:
    """The program deleted the entry, or the whole stream."""
    stream = next((e.pos["stream"] for e in ev.of(order, "published", "confirmed") if e.pos), None)
    deleted = _last([*_by_program(ev, order, "trimmed"), *(
        e for e in ev.all("purged") if e.actor in ev.roles and e.data.get("queue") == stream and "group" not in e.data)])
    if deleted is None or _copied(ev, order, deleted):
        return None
    given = [e for e in ev.deliveries(order) if e.seq < deleted.seq]
    return Proof("trim-unread", [order], [*given[-1:], deleted], never="charged",
                 note="" if given else "It had not even been read.")


def _gone_when_sent(ev: Evidence, order: str) -> Proof | None:
    """Its last delivery left nothing in Redis: NOACK, a pop, a channel."""
    deliveries = [e for e in ev.deliveries(order) if not e.data.get("looked")]
    if not deliveries or not deliveries[-1].data.get("auto_ack"):
        return None
    last = deliveries[-1]
    name = {"XREADGROUP": "noack"}.get(last.frame, "pubsub-as-queue" if last.frame in _CHANNELS else "list-pop-loses")
    end = ev.end_of_life(last)
    return Proof(name, [order], [last, *([end] if end else [])], never="charged")


def _skipped_by_the_group(ev: Evidence, order: str) -> Proof | None:
    """The group was put behind it: made anew, or set, from `$`."""
    start = _from_dollar(ev)
    if start is None or ev.deliveries(order):
        return None
    return Proof("group-from-dollar", [order], [*ev.of(order, "confirmed")[:1], start], never="delivered")


def _from_dollar(ev: Evidence) -> Event | None:
    return ev.first(e for e in ev.all("declared", "method", start="$") if e.actor in ev.roles and not e.data.get("error"))


def _forgotten(ev: Evidence, order: str, settled: Event) -> Proof | None:
    """The program acknowledged it, and it was never charged."""
    if _copied(ev, order, settled):
        return None
    deliveries = [e for e in ev.of(order, "delivered", "redelivered") if e.seq < settled.seq]
    delivery = deliveries[-1] if deliveries else None
    attempts = ev.attempts(order)
    before = [e for e in attempts if e.seq < settled.seq and (delivery is None or e.seq > delivery.seq)]
    after = [e for e in attempts if e.seq > settled.seq]
    if before and before[-1].kind == "charged":
        return _replayed(ev, order, before[-1], settled)
    if before:
        return Proof(broke_off(before[-1], "swallow-and-ack"), [order], [before[-1], settled], never="charged")
    end = ev.end_of_life(settled)
    died = end is not None and (end.kind == "killed" or bool(end.data.get("status")))
    again = delivery is not None and delivery.kind == "redelivered"
    shown = [*([delivery] if delivery else []), settled]
    if after or (died and not ev.charges_first and not (again and ev.skips_redelivered)):
        return Proof("xack-before-work", [order], [settled, *(after[-1:] or [end])], never="charged")
    return Proof("pending-thrown-away" if again and not _skips_new(ev) else "skip-and-ack", [order], shown, never="charged")


def _skips_new(ev: Evidence) -> bool:
    """Whether what came for the first time is acknowledged untried as well."""
    return any((settled := _last(_by_program(ev, o, "acknowledged"))) is not None and not ev.attempts(o)
               and [e.kind for e in ev.of(o, "delivered", "redelivered", before=settled.seq)] == ["delivered"] for o in ev.lost)


def _replayed(ev: Evidence, order: str, answered: Event, settled: Event) -> Proof:
    """The shop took the order for another one, whose key it carried."""
    key = answered.data.get("key")
    other = ev.first(e for e in ev.all("charged", key=key) if e.order != order)
    return Proof("dedupe-on-delivery-id", [order], [*([other] if other else []), answered, settled], never="charged",
                 note=f"The shop had seen the key {key} before, with another order: it answered \"replayed\".")


def _copied(ev: Evidence, order: str, settled: Event) -> bool:
    """Whether a copy of it was confirmed elsewhere before, or goes with it in one transaction."""
    together = settled.data.get("exec")
    return bool([e for e in _by_program(ev, order, "confirmed") if e.seq < settled.seq]) or together is not None and any(
        e.data.get("exec") == together for e in _by_program(ev, order, "published"))


# --- left over

def no_delivery_cap(ev: Evidence) -> Proof | None:
    """An order that the shop refused for good is taken up again and again; a remark where the program gave up at last."""
    for order in ev.ledger.orders.refused:
        refusals = [e for e in ev.of(order, "charge_failed") if e.data.get("status") == 422]
        again = [e for e in ev.deliveries(order) if e.kind == "redelivered"]
        if len(refusals) <= _TRIES or len(again) < _TRIES:
            continue
        given_up = bool(_by_program(ev, order, "acknowledged", "trimmed"))
        took = (refusals[-1].t_ns - refusals[0].t_ns) / 1e9
        return Proof("no-delivery-cap", [order], [refusals[0], again[0], refusals[-1]], remark=given_up,
                     note=f"It tried {len(refusals)} times in {took:.1f} s.")
    return None


def xack_never(ev: Evidence) -> Proof | None:
    """Nothing was left to do for an order, its process lived on, and the entry is still pending."""
    if _scripted(ev):
        return None
    held = []
    for order in ev.ledger.orders.left_over:
        done = [e for e in ev.attempts(order) if e.kind == "charged" or e.data.get("status") == 422]
        if sum(e.kind != "charged" for e in done) > _TRIES:
            continue  # it is still being tried
        if done and ev.of(order, "queued") and not _by_program(ev, order, "acknowledged") and ev.end_of_life(done[-1]) is None \
                and _given(ev, order):  # what was only looked at (XREAD) is pending with nobody
            held.append((order, done[-1]))
    if not held:
        return None
    order, done = held[0]
    answered = ev.first(e for e in ev.all("refused", command="XACK") if e.actor in ev.roles)
    note = f"It sent XACK, but Redis answered: {answered.data.get('error')}. Are stream, group and id right?" \
        if answered else ""
    return Proof("xack-never", [o for o, _ in held], [ev.deliveries(order)[-1], done, *ev.of(order, "queued")[:1]],
                 never="acknowledged", note=note)


def other_group(ev: Evidence) -> Proof | None:
    """Read in a group of its own, or in none: in the group that a peer reads in, the orders are left."""
    groups = {e.data["group"] for e in ev.all("subscribed") if e.actor not in ev.roles and e.data.get("group")}
    if not groups or _scripted(ev):
        return None
    left = [o for o in ev.ledger.orders.left_over if (seen := ev.deliveries(o)) and ev.of(o, "queued")
            and all(e.data.get("group") not in groups for e in seen)]
    if not left:
        return None
    read = ev.deliveries(left[0])[0]
    where = f"in the group {read.data['group']}" if read.data.get("group") else "without a group"
    return Proof("other-group", left, [read, *ev.of(left[0], "queued")[:1]], never=f"delivered in the group {min(groups)}",
                 note=f"It read {where}.")


def group_from_dollar(ev: Evidence) -> Proof | None:
    """A group of the program's own, made after the orders had come: it begins behind them."""
    start = _from_dollar(ev)
    left = [o for o in ev.ledger.orders.left_over if not ev.deliveries(o)]
    peers = {o for o in left if ev.of(o, "delivered")}
    missed = [o for o in left if o not in peers]
    if start is None or not missed:
        return None
    return Proof("group-from-dollar", missed, [*ev.of(missed[0], "confirmed")[:1], start], never="delivered")


def pending_never_reread(ev: Evidence) -> Proof | None:
    """Pending when its process was killed, and not taken up by what came after it."""
    if _scripted(ev):
        return None
    left = [(o, d, end) for o in ev.ledger.orders.left_over if (d := _last(_given(ev, o))) is not None
            and ev.of(o, "queued") and not _by_program(ev, o, "acknowledged")
            and (end := ev.end_of_life(d)) is not None and end.kind == "killed" and _lived_on(ev, d.actor, end)]
    if not left:
        return None
    order, delivery, end = left[0]
    return Proof("pending-never-reread", [o for o, _, _ in left], [delivery, end, *ev.of(order, "queued")[:1]],
                 never="taken up again")


def peer_never_claims(ev: Evidence) -> Proof | None:
    """What a peer had pending was claimed by nobody."""
    if _scripted(ev) or not ev.ledger.orders.charged or not all(_lived_on(ev, actor) for actor in ev.roles):
        return None
    left = [o for o in ev.ledger.orders.left_over if not _given(ev, o) and ev.of(o, "delivered") and ev.of(o, "queued")]
    if not left:
        return None
    return Proof("peer-never-claims", left, [ev.of(left[0], "delivered")[0], *ev.of(left[0], "queued")[:1]], never="claimed")


def _lived_on(ev: Evidence, actor: str, after: Event | None = None) -> bool:
    """Whether the member was there again, and did not break off."""
    lives = [e for e in ev.all("started", "restarted") if e.actor == actor and (after is None or e.seq > after.seq)]
    if not lives:
        return False
    end = ev.end_of_life(lives[-1])
    return end is None or not end.data.get("status")


def _given(ev: Evidence, order: str) -> Sequence[Event]:
    """Its deliveries to the program that left it pending there."""
    return [e for e in ev.deliveries(order) if not e.data.get("looked")]


# --- twice

def claim_too_early(ev: Evidence) -> Proof | None:
    """An order was taken up again while somebody was at work on it, and charged by both."""
    twice = [(order, *found) for order in ev.ledger.orders.duplicated if (found := _taken_from_the_living(ev, order))]
    if not twice:
        return None
    order, held, claim = twice[0]
    note = "It read its own pending entries again while it was at work on them."
    if claim.frame in _CLAIMS:
        slowest = max(e.data.get("waited") or 0 for e in ev.all("charged"))
        note = f"It claimed what had been pending for {claim.data.get('min_idle') or 0} ms; one charge took {slowest:g} s."
    return Proof("claim-too-early", [o for o, _, _ in twice], [held, claim, *ev.ledger.effects[order][:2]], note=note)


def _taken_from_the_living(ev: Evidence, order: str) -> tuple[Event, Event] | None:
    """(delivery, the claim that came too early): sooner than the slowest charge took, by whomever; or read again from its own
    pending entries by the very process that had it in hand."""
    slowest_ms = 1000 * max((e.data.get("waited") or 0 for e in ev.all("charged")), default=0)
    effects, deliveries = ev.ledger.effects[order], [e for e in ev.deliveries(order) if not e.data.get("looked")]
    for held, claim in pairwise(deliveries):
        # What was charged, and not acknowledged, and is then read again is not at work any more.
        reread = claim.actor == held.actor and len([e for e in effects if e.seq > claim.seq]) > 1
        early = (claim.data.get("min_idle") or 0) < slowest_ms if claim.frame in _CLAIMS else reread
        end = ev.end_of_life(held)
        alive = end is None or end.seq > effects[-1].seq
        both = effects[-1].seq > claim.seq and len([e for e in effects if e.seq > held.seq]) > 1
        if claim.kind == "redelivered" and early and alive and both:
            return held, claim
    return None


def shared_consumer_name(ev: Evidence) -> Proof | None:
    """Two processes, side by side, read in one group under one name."""
    first: dict[tuple, Event] = {}
    for e in ev.all("subscribed"):
        if e.actor in ev.roles and e.data.get("group"):
            who = e.data.get("stream"), e.data["group"], e.data.get("consumer")
            other = first.setdefault(who, e)
            if other.actor != e.actor:
                return Proof("shared-consumer-name", [], [other, e], remark=True)
    return None


# --- what events say

def _scripted(ev: Evidence) -> bool:
    """Whether a script may have claimed or acknowledged what the wire does not show."""
    return any(e.actor in ev.roles for e in ev.all("method", opaque=True))


def _by_program(ev: Evidence, order: str, *kinds: str) -> list[Event]:
    return [e for e in ev.of(order, *kinds) if e.actor in ev.roles]


def _last(events) -> Event | None:
    return max(events, key=lambda e: e.seq, default=None)


RULES = (lost_order, work_before_ack, claim_too_early, no_delivery_cap, other_group, xack_never, group_from_dollar,
         pending_never_reread, peer_never_claims, shared_consumer_name)
