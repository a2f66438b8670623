"""Rules for consumers on Kafka. A loss is named by the commit that covered the order, and by what had been done by then.

A commit is a position: it covers every record before it, done or not. "Delivered" means fetched: that a record has come into
the client's buffer says nothing of whether the program has seen it, so no accusation hangs on a delivery alone.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from helpers.bench.evidence import Evidence, Proof
from helpers.bench.rules.common import broke_off, first_loss, work_before_ack
from helpers.wire.events import Event

_SETTLED_NS = 5_500_000_000
"""Nanoseconds without a commit, after the last charge, from which on there will be none: clients that commit by
themselves do so every 5 s unless told otherwise."""
_HANGS_NS = 2_000_000_000
"""Nanoseconds after an assignment within which every client asks for its offsets."""
_LATEST = -1
_COMMITS = 3
"""Commits of one kind from which on it is a habit."""


# --- lost

def lost_order(ev: Evidence) -> Proof | None:
    """Names the loss of the first order whose loss can be named."""
    return first_loss(ev, _loss)


def _loss(ev: Evidence, order: str) -> Proof | None:
    settled = _covering(ev, order)
    if settled is None or _copied(ev, order, settled):
        return None
    if not ev.deliveries(order):
        start = _from_the_end(ev, order)
        return Proof("latest-misses-backlog", [order], [start, settled], never="fetched") if start else None
    if (closed := _closing(ev, settled)) is not None:
        return Proof("commit-on-close", [order], [*_failures(ev, settled)[-1:], settled, closed], never="charged")
    before = [e for e in ev.attempts(order) if e.seq < settled.seq]
    after = [e for e in ev.attempts(order) if e.seq > settled.seq]
    if before and before[-1].kind == "charged":
        return _replayed(ev, order, before[-1], settled)
    if before:
        return Proof(broke_off(before[-1], "swallow-and-commit"), [order], [before[-1], settled], never="charged")
    end = ev.end_of_life(settled)
    if _skips(ev) and not after:
        return Proof("skip-and-commit", [order], [ev.deliveries(order)[-1], settled], never="charged")
    done = [e for o in _covered(ev, settled) if o != order for e in ev.attempts(o) if e.seq < settled.seq]
    shown = [settled, *(after[-1:] or ([end] if end else []))]
    if done:
        return Proof("commit-covers-unprocessed", [order], [done[-1], *shown], never="charged")
    return Proof("commit-before-work", [order], shown, never="charged")


def _covering(ev: Evidence, order: str) -> Event | None:
    """The first commit of the program's that covered the order and reached the broker: what comes later, a restart that has
    begun behind it, only repeats it."""
    return ev.first(e for e in ev.of(order, "acknowledged") if e.actor in ev.roles)


def _covered(ev: Evidence, commit: Event) -> list[str]:
    """Orders that the same request covered."""
    number = commit.data.get("commit")
    return [e.order for e in ev.all("acknowledged", commit=number) if e.order is not None]


def _copied(ev: Evidence, order: str, settled: Event) -> bool:
    """Whether a copy of it was confirmed elsewhere before, or goes with the commit in one transaction."""
    copies = [e for e in ev.of(order, "confirmed", before=settled.seq) if e.actor in ev.roles]
    return bool(copies)


def _closing(ev: Evidence, commit: Event) -> Event | None:
    """The end of a process that ended of itself, or was asked to, where the commit was made on the way out: nothing but leaving
    the group came after it."""
    end = ev.end_of_life(commit)
    if end is None and (end := _asked_to_end(ev, commit)) is not None and _charges_after(ev, commit.actor):
        return None
    if end is None or end.kind == "killed":
        return None
    later = [e for e in ev.events[commit.seq + 1:end.seq] if e.actor == commit.actor
             and e.kind in ("charged", "charge_failed", "acknowledged", "delivered")
             and e.data.get("commit") != commit.data.get("commit")]
    return end if not later else None


def _asked_to_end(ev: Evidence, commit: Event) -> Event | None:
    """The end of a process that a fault had asked to end before it sent the commit."""
    asked = any(e.seq < commit.seq and e.data["spec"].startswith(f"Leave({commit.actor},") for e in ev.all("fault"))
    return ev.first(e for e in ev.all("stopped") if e.actor == commit.actor and e.seq > commit.seq) if asked else None


def _charges_after(ev: Evidence, actor: str) -> bool:
    """Whether the process has charged an order that it had committed already: so it commits all its life, not on the way out."""
    for order in ev.ledger.history:
        settled, tried = _covering(ev, order), ev.attempts(order)
        if settled is not None and settled.actor == actor and tried and tried[0].actor == actor and tried[0].seq > settled.seq:
            return True
    return False


def _failures(ev: Evidence, before: Event) -> list[Event]:
    return [e for e in ev.events[:before.seq] if e.kind == "charge_failed" and e.actor == before.actor]


def _skips(ev: Evidence) -> bool:
    """Whether the program committed an order, lived on, and never tried it: then a kill is not to blame for the others."""
    return any(not ev.attempts(order) and ev.deliveries(order) and (settled := _covering(ev, order)) is not None
               and ev.end_of_life(settled) is None and _asked_to_end(ev, settled) is None for order in ev.lost)


def _replayed(ev: Evidence, order: str, answered: Event, settled: Event) -> Proof:
    """The shop took the order for another one, whose key it carried."""
    key = answered.data.get("key")
    other = ev.first(e for e in ev.all("charged", key=key) if e.order != order)
    return Proof("dedupe-on-delivery-id", [order], [*([other] if other else []), answered, settled], never="charged",
                 note=f"The shop had seen the key {key} before, with another order: it answered \"replayed\".")


# --- never begun

def _from_the_end(ev: Evidence, order: str) -> Event | None:
    """Where a member asked for the end of the order's partition, beyond the order."""
    where = next((e.pos for e in ev.of(order, "confirmed", "published") if e.pos and "offset" in e.pos), None)
    if where is None:
        return None
    asked = [where["topic"], where["partition"], _LATEST]
    return ev.first(e for e in ev.all("method") if e.frame == "ListOffsets" and e.actor in ev.roles
                    and any(each[:3] == asked and each[3] > where["offset"] for each in e.data.get("offsets", ())))


def latest_misses_backlog(ev: Evidence) -> Proof | None:
    """Orders that stood in the topic before the group began, and that it has stepped over."""
    missed = [(o, start) for o in ev.ledger.orders.left_over if not ev.deliveries(o) and (start := _from_the_end(ev, o))]
    broke = any(e.kind == "ended" and e.data.get("status") for e in ev.events)
    if not missed or broke:
        return None
    order, start = missed[0]
    return Proof("latest-misses-backlog", [o for o, _ in missed], [*ev.of(order, "confirmed")[:1], start], never="fetched")


def client_join_hang(ev: Evidence) -> Proof | None:
    """The only member of its group was given no partition at first (it did not know the topic yet), and never began to fetch:
    either that was the last word, or the client did nothing with what it was given later."""
    left = ev.ledger.orders.left_over
    last = _last(e for e in ev.all("subscribed") if e.actor in ev.roles)
    if not left or last is None or not last.data.get("topics"):
        return None
    empty = _last(e for e in ev.all("subscribed", group=last.data.get("group"), partitions=[]) if e.actor == last.actor)
    if empty is None or any(_gone_between(ev, empty, last)):
        return None
    others = [e for e in ev.all("subscribed", group=last.data.get("group")) if e.actor != last.actor
              or (e.data.get("generation") == last.data.get("generation") and e.data.get("member") != last.data.get("member"))]
    later = [e for e in ev.events[last.seq + 1:] if e.actor == last.actor]
    moved = [e for e in later if e.kind in ("delivered", "polled", "ended", "killed") or e.frame == "OffsetFetch"]
    if others or moved or not later or later[-1].t_ns - last.t_ns < _HANGS_NS:
        return None
    return Proof("client-join-hang", left, [empty, *([last] if last is not empty else [])], never="fetched")


def _gone_between(ev: Evidence, first: Event, last: Event) -> Iterable[Event]:
    return (e for e in ev.events[first.seq:last.seq] if e.actor == first.actor and e.kind in ("killed", "ended", "cancelled"))


# --- groups

def group_of_one_each(ev: Evidence) -> Proof | None:
    """Two lives of the program, beside or after each other, in different groups: what one has done the other does again."""
    lives = _lives(ev)
    for (first, one), (second, other) in ((a, b) for a in lives.items() for b in lives.items() if a[0] < b[0]):
        groups, more = {e.data["group"] for e in one}, {e.data["group"] for e in other}
        if not groups or not more or groups & more:
            continue
        again = [o for o, seen in ev.ledger.history.items() if len([e for e in seen if e.kind == "charged"]) > 1]
        again = again or list(ev.ledger.orders.duplicated)
        if again:
            return Proof("group-of-one-each", again, [one[0], other[0]])
    return None


def _lives(ev: Evidence) -> dict[tuple[int, str], list[Event]]:
    """(number of its start, actor) -> the group memberships of that life."""
    lives: dict[tuple[int, str], list[Event]] = {}
    current: dict[str, tuple[int, str]] = {}
    for e in ev.events:
        if e.kind in ("started", "restarted"):
            current[e.actor] = (e.seq, e.actor)
            lives[e.seq, e.actor] = []
        elif e.kind == "subscribed" and e.actor in current and e.data.get("group"):
            lives[current[e.actor]].append(e)
    return lives


def assign_is_not_a_group(ev: Evidence) -> Proof | None:
    """Two members, neither of them in a group, and both were given the same records."""
    if any(e.actor in ev.roles for e in ev.all("subscribed")):
        return None
    for order in ev.ledger.orders.duplicated:
        deliveries = ev.deliveries(order)
        actors = {e.actor for e in ev.ledger.effects[order]}
        if len(actors) > 1 and len({e.actor for e in deliveries}) > 1:
            twice = [o for o in ev.ledger.orders.duplicated if len({e.actor for e in ev.ledger.effects[o]}) > 1]
            return Proof("assign-is-not-a-group", twice, ev.ledger.effects[order][:2])
    return None


def more_members_than_partitions(ev: Evidence) -> Proof | None:
    """The last generation of a group has a member without a partition, while others have them all."""
    generations: dict[tuple[Any, Any], dict[str, Event]] = defaultdict(dict)
    for e in ev.all("subscribed"):
        if e.actor in ev.roles and e.data.get("generation") is not None:
            generations[e.data.get("group"), e.data["generation"]][e.data.get("member")] = e
    latest: dict[Any, int] = {}
    for group, generation in generations:
        latest[group] = max(generation, latest.get(group, -1))
    for group, generation in latest.items():
        members = generations[group, generation]
        idle = [e for e in members.values() if e.data.get("partitions") == []]
        busy = [e for e in members.values() if e.data.get("partitions")]
        if idle and busy and all(len(e.data["partitions"]) == 1 for e in busy):
            return Proof("more-members-than-partitions", [], [busy[0], idle[0]],
                         note=f"{len(members)} members, {len(busy)} partitions.")
    return None


def poll_interval_exceeded(ev: Evidence) -> Proof | None:
    """A member left its group in the middle of a charge, since it had not polled for longer than it had promised."""
    for left in ev.all("cancelled"):
        if left.actor not in ev.roles or not left.data.get("group"):
            continue
        member = _last(e for e in ev.all("subscribed", group=left.data["group"]) if e.actor == left.actor and e.seq < left.seq)
        limit = member.data.get("max_poll_interval_ms") if member else None
        slow = ev.first(e for e in ev.all("charged") if e.actor == left.actor and e.seq > left.seq)
        if not limit or slow is None or not limit / 1000 < (slow.data.get("waited") or 0):
            continue
        begun = slow.t_ns - int((slow.data["waited"] or 0) * 1e9)
        if not begun < left.t_ns < slow.t_ns:
            continue
        end = ev.end_of_life(left)
        broke = end is not None and end.kind == "ended" and bool(end.data.get("status"))
        return Proof("poll-interval-exceeded", [slow.order], [member, left, slow, *([end] if broke else [])], remark=not broke,
                     note=f"It had promised to poll every {limit / 1000:g} s; the charge took {slow.data['waited']:g} s.")
    return None


# --- commits that do not fit

def commit_off_by_one(ev: Evidence) -> Proof | None:
    """Each commit names the record that was charged last, where it had to name the one after it."""
    charged: dict[tuple[Any, Any], Event] = {}  # (topic, partition) -> the effect farthest on
    reached: dict[tuple[Any, Any], int] = {}
    places = {e.order: e.pos for e in ev.all("confirmed", "delivered") if e.order and e.pos and "offset" in e.pos}
    short: list[tuple[Event, Event]] = []
    told: set[Any] = set()
    for e in ev.events:
        if e.kind == "charged" and (where := places.get(e.order)):
            key = where["topic"], where["partition"]
            if where["offset"] >= reached.get(key, -1):
                reached[key], charged[key] = where["offset"], e
        elif e.kind == "acknowledged" and e.actor in ev.roles and e.pos and "partition" in e.pos:
            key, upto = (e.pos["topic"], e.pos["partition"]), e.data.get("upto", 0)
            if upto > reached.get(key, -1):
                return None
            if upto == reached[key] and (*key, upto) not in told:
                told.add((*key, upto))
                short.append((charged[key], e))
    if len(short) < _COMMITS:
        return None
    held = [effect.order for effect, _ in short if ev.of(effect.order, "queued")]
    effect, commit = next(((f, c) for f, c in short if f.order in held), short[-1])
    return Proof("commit-off-by-one", held or [effect.order], [effect, commit, *ev.of(effect.order, "queued")[:1]])


def no_commit(ev: Evidence) -> Proof | None:
    """Nothing was ever committed, although there was time; after the restart the same orders are charged again."""
    if any(e.actor in ev.roles for e in ev.all("acknowledged")):
        return None
    for killed in ev.all("killed"):
        charges = [e for e in ev.events[:killed.seq] if e.kind == "charged" and e.actor == killed.actor]
        if not charges or killed.t_ns - charges[-1].t_ns < _SETTLED_NS:
            continue
        again = [e for e in ev.events[killed.seq:] if e.kind == "charged" and e.actor == killed.actor]
        both = [e.order for e in charges if e.order in {a.order for a in again}]
        if 2 * len(both) > len(charges):
            repeat = next(e for e in again if e.order == charges[0].order or e.order in both)
            return Proof("no-commit", both, [charges[0], killed, repeat])
    return None


def _last(events: Iterable[Event]) -> Event | None:
    return max(events, key=lambda e: e.seq, default=None)


RULES = (lost_order, client_join_hang, latest_misses_backlog, group_of_one_each, work_before_ack, poll_interval_exceeded,
         commit_off_by_one, no_commit, assign_is_not_a_group, more_members_than_partitions)
