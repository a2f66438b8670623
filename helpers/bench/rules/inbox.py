"""Rules for consumers whose effect is a row in a database: how a row came to be missing, or to be there twice.

A life of the program lasts from one start to the next. The bench sends some orders twice: early, while one life has done
the first copy, and late, after a kill. How the program takes these copies tells what it remembers, and for how long.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from helpers.bench.evidence import Evidence, Proof
from helpers.bench.places import place
from helpers.wire.events import Event

_HABIT = 2
"""Orders acknowledged without any row in the whole run, from which on it is a habit."""


def wrong_row(ev: Evidence) -> Proof | None:
    """A row that is no order's, or whose amount is not the order's."""
    orders = ev.ledger.orders
    if orders.unexpected:
        event = ev.ledger.effects[orders.unexpected[0]][0]
        return Proof("wrong-row", orders.unexpected, [event], note="No order has this id.")
    rows = list(ev.all("row"))
    return Proof("wrong-row", [e.order for e in rows], rows[:1], note=rows[0].data["amiss"]) if rows else None


def no_row(ev: Evidence) -> Proof | None:
    """Orders were acknowledged, and not one row was ever committed."""
    if any(ev.ledger.effects.values()):
        return None
    acked = [o for o in ev.lost if ev.of(o, "acknowledged")]
    if len(acked) < _HABIT:
        return None
    return Proof("no-row", acked, [*ev.of(acked[0], "point")[-1:], ev.of(acked[0], "acknowledged")[-1]], never="in the table")


def row_erased(ev: Evidence) -> Proof | None:
    """The row of a lost order had been committed, and is gone again."""
    gone = [o for o in ev.lost if ev.of(o, "erased")]
    return Proof("row-erased", gone, [ev.of(gone[0], "charged")[0], ev.of(gone[0], "erased")[-1]]) if gone else None


# --- lost


def lost_order(ev: Evidence) -> Proof | None:
    """Names how the lost orders were lost, by the most telling of them."""
    if ev.guarantee == "at-most-once":
        return None
    by_flag, by_tag, seen = _takes_flag_for_done(ev), _takes_tag_for_order(ev), {}
    if by_flag and by_tag and ev.lost:  # as many were out as had been done: the two look the same
        shown = ev.of(ev.lost[0], "delivered", "redelivered", "acknowledged")[-2:]
        return Proof("skip-and-ack", ev.lost, shown, never="in the table")
    for order in ev.lost:
        if (proof := _loss(ev, order, by_flag, by_tag)) is not None:
            seen.setdefault(proof.name, []).append(proof)
    for name in _LOSSES:
        if name in seen:
            return replace(seen[name][0], orders=[order for proof in seen[name] for order in proof.orders])
    return None


_LOSSES = ("dedupe-on-delivery-id", "ack-before-work", "redelivered-is-duplicate", "dedupe-mark-first", "dedupe-by-latest",
           "skip-and-ack")


def _loss(ev: Evidence, order: str, by_flag: bool, by_tag: bool) -> Proof | None:
    acks = [e for e in ev.of(order, "acknowledged") if not e.data.get("unknown")]
    given = [e for e in ev.deliveries(order) if acks and e.seq < acks[-1].seq]
    if not given or given[-1].data.get("auto_ack"):
        return None
    ack, delivery = acks[-1], given[-1]
    broken = _broken_off(ev, order, delivery)
    if by_tag:
        return Proof("dedupe-on-delivery-id", [order], [delivery, ack], never="in the table",
                     note=f"Its delivery tag, {delivery.pos['tag']}, had been used before the kill.")
    if broken is None and (worked := _worked_on_after(ev, order, ack)):
        return Proof("ack-before-work", [order], worked, never="in the table")
    if broken is not None and by_flag:
        return Proof("redelivered-is-duplicate", [order], [delivery, ack], never="in the table")
    if broken is not None and ev.of(order, "point", before=broken.seq):
        return Proof("dedupe-mark-first", [order], [ev.of(order, "point", before=broken.seq)[-1], broken, ack],
                     never="in the table")
    later = _later_done(ev, order, ack)
    if later is not None:
        return Proof("dedupe-by-latest", [order], [later, delivery, ack], never="in the table")
    return Proof("skip-and-ack", [order], [delivery, ack], never="in the table")


def _broken_off(ev: Evidence, order: str, last: Event) -> Event | None:
    """The kill by which an earlier delivery of the order ended, which was never settled."""
    for earlier in ev.deliveries(order):
        if earlier.seq < last.seq and ev.settlement(earlier) is None:
            end = ev.end_of_life(earlier)
            if end is not None and end.seq < last.seq:
                return end
    return None


def _worked_on_after(ev: Evidence, order: str, ack: Event) -> list[Event]:
    """The work on it began or went on after its acknowledgement, and was killed; or the kill followed the acknowledgement."""
    end = ev.end_of_life(ack)
    if end is None or end.kind != "killed":
        return []
    points = ev.of(order, "point", after=ack.seq, before=end.seq)
    if points:
        return [ack, points[-1], end]
    began = [e for e in ev.of(order, "point", before=ack.seq) if ev.end_of_life(e) is end]
    others = [e for e in ev.all("acknowledged") if e.actor == ack.actor and ack.seq < e.seq < end.seq
              and e.data.get("tag") != ack.data.get("tag")]
    return [ack, end] if began and not others else []


def _later_done(ev: Evidence, order: str, ack: Event) -> Event | None:
    """A row of an order with a greater number, committed before this one was skipped."""
    numbers = {o: n for n, o in enumerate(ev.ledger.orders.accepted)}  # in the order of `n`
    return ev.first(e for e in ev.all("charged") if e.seq < ack.seq and numbers.get(e.order, -1) > numbers.get(order, 0))


def _first_handled_after_a_kill(ev: Evidence) -> Iterator[tuple[str, Event, bool]]:
    """(order, delivery, done) for each order without a row before the last kill that was acknowledged after it."""
    kills = [e for e in ev.all("killed") if e.actor in ev.roles]
    if not kills:
        return
    for order in ev.ledger.history:
        if ev.of(order, "charged", before=kills[-1].seq):
            continue
        given = [e for e in ev.deliveries(order) if e.seq > kills[-1].seq and ev.settlement(e) is not None]
        if given:
            done = ev.of(order, "charged", after=given[0].seq, before=ev.settlement(given[0]).seq)  # by this delivery, by no copy
            yield order, given[0], bool(done)


def _takes_flag_for_done(ev: Evidence) -> bool:
    """Whether it skipped just what was marked redelivered: none of those was done, all others were, and it remembers nothing
    else."""
    handled = list(_first_handled_after_a_kill(ev))
    flagged = [done for _, delivery, done in handled if delivery.kind == "redelivered"]
    others = [done for _, delivery, done in handled if delivery.kind == "delivered"]
    if not flagged or any(flagged) or not all(others):
        return False
    return not any(repeat.delivery.kind == "delivered" for repeat in _recognised(ev))


def _takes_tag_for_order(ev: Evidence) -> bool:
    """Whether it skipped just what came under a delivery tag that it had met in its life before."""
    handled = [(delivery.pos or {}, done) for _, delivery, done in _first_handled_after_a_kill(ev)]
    if not handled or not all("tag" in pos for pos, _ in handled):
        return False
    kills = [e for e in ev.all("killed") if e.actor in ev.roles]
    met = {e.pos["tag"] for o in ev.ledger.history for e in ev.deliveries(o) if e.seq < kills[-1].seq
           and (ev.settlement(e) is not None or ev.of(o, "charged", after=e.seq, before=kills[-1].seq))}
    skipped, done = [p["tag"] for p, d in handled if not d], [p["tag"] for p, d in handled if d]
    # The one that was in hand at the kill may have been entered, or not.
    edge = max(met, default=0) + 1
    return len(skipped) >= _HABIT and bool(done) and met | {edge} >= set(skipped) and not met & set(done)


# --- twice


@dataclass(frozen=True)
class _Repeat:
    """An order that came when its row was there. same: in the life that wrote it; settled: the program was done with it."""

    order: str
    same: bool
    settled: bool
    events: Sequence[Event]
    delivery: Event | None = None


def twice(ev: Evidence) -> Proof | None:
    """Names what the program failed to remember, by the copies that it knew and those that it did not."""
    doubled = list(_doubled(ev))
    if not doubled or ev.guarantee != "effectively-once":
        return None
    if all(repeat.events[-1].data.get("raised") for repeat in doubled):
        name, shown = "upsert-adds", doubled
    else:
        name, shown = _forgot(doubled, list(_recognised(ev)))
    return Proof(name, list(dict.fromkeys(repeat.order for repeat in doubled)), shown[0].events)


def _forgot(doubled: Sequence[_Repeat], known: Sequence[_Repeat]) -> tuple[str, Sequence[_Repeat]]:
    """(class, the repeats that show it)."""
    same, before = [r for r in doubled if r.same], [r for r in doubled if not r.same and r.settled]
    knew_same, knew_before = any(r.same for r in known), any(not r.same and r.settled for r in known)
    if same:
        later = [r for r in same if r.settled]
        if not knew_same:
            return "no-dedupe", same
        return ("dedupe-window", later) if later else ("dedupe-not-atomic", same)
    if before:
        return ("dedupe-window" if knew_before else "dedupe-in-memory" if knew_same else "no-dedupe"), before
    return ("dedupe-not-atomic" if knew_before else "no-dedupe"), doubled


def _doubled(ev: Evidence) -> Iterator[_Repeat]:
    life = _lives(ev)
    for order in ev.ledger.orders.duplicated:
        effects = ev.ledger.effects[order]
        for first, second in zip(effects, effects[1:], strict=False):
            acks = ev.of(order, "acknowledged", after=first.seq, before=second.seq)
            killed = ev.first(e for e in ev.all("killed") if first.seq < e.seq < second.seq and e.actor in ev.roles)
            again = [e for e in ev.deliveries(order) if first.seq < e.seq < second.seq][-1:]
            between = [killed] if killed else again
            # Killed at a point after the commit: acknowledged or not, there was something left to do.
            unfinished = killed is not None and bool(ev.of(order, "point", after=first.seq, before=killed.seq))
            yield _Repeat(order, life(first) == life(second), bool(acks) and not unfinished, [first, *between, second])


def _recognised(ev: Evidence) -> Iterator[_Repeat]:
    """Copies that were acknowledged without another row."""
    life = _lives(ev)
    for order in ev.ledger.history:
        last, fresh, settled = None, 0, False
        for event in ev.of(order, "charged", "acknowledged"):
            if event.kind == "charged":
                last, fresh = event, fresh + 1
            elif last is not None:
                if fresh and life(event) == life(last):
                    fresh -= 1  # the acknowledgement that goes with the row
                else:
                    given = [e for e in ev.deliveries(order) if e.seq < event.seq and place(e) == place(event)]
                    yield _Repeat(order, life(event) == life(last), settled, [last, event], given[-1] if given else None)
                    fresh = 0
                settled = True


def _lives(ev: Evidence) -> Callable[[Event], int]:
    starts = [e.seq for e in ev.all("started", "restarted") if e.actor in ev.roles]
    return lambda event: bisect_right(starts, event.seq)


RULES = (wrong_row, row_erased, no_row, lost_order, twice)
