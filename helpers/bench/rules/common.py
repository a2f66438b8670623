"""Rules that hold for every broker: they look at the shop and the program, not at the wire."""

from collections.abc import Callable
from dataclasses import replace

from helpers.bench.evidence import Evidence, Proof
from helpers.wire.events import Event

_TRIES = 3
"""Attempts after a 422 from which on it is a habit. One more can be a message that a crash brought back."""


def first_loss(ev: Evidence, name: Callable[[Evidence, str], Proof | None]) -> Proof | None:
    """The first loss that `name` can tell the cause of, with all lost orders of which the same can be said. A loss is no fault
    where at most once was asked."""
    if ev.guarantee == "at-most-once":
        return None
    for order in ev.lost:
        if (proof := name(ev, order)) is not None:
            alike = [o for o in ev.lost if (other := name(ev, o)) is not None and other.name == proof.name]
            return replace(proof, orders=alike)
    return None


def broke_off(attempt: Event, name: str) -> str:
    """The class of an attempt that came to nothing, and whose order was let go of all the same: nobody swallows the answer to a
    charge during which the process died."""
    return name if attempt.data.get("status") is not None else "ack-after-crash"


def hard_coded(ev: Evidence) -> Proof | None:
    orders = ev.ledger.orders.unexpected
    if not orders:
        return None
    return Proof("hard-coded", orders, [ev.ledger.effects[orders[0]][0]])


def retry_permanent(ev: Evidence) -> Proof | None:
    """Attempts go on after the shop has said 422; a remark where the program gave up at last."""
    for order in ev.ledger.orders.refused:
        refusals = [e for e in ev.of(order, "charge_failed") if e.data.get("status") == 422]
        if len(refusals) <= _TRIES:
            continue
        # However it went back (nack, recover, a closed channel): it came out of the queue again.
        deliveries = ev.deliveries(order)
        loop = len(deliveries) > _TRIES and "offset" not in (deliveries[0].pos or {})  # Kafka has no queue to go back into
        shown = [refusals[0], *([deliveries[1]] if loop else []), refusals[-1]]
        last = ev.settlement(deliveries[-1]) if deliveries else None
        given_up = last is not None and not last.data.get("requeue")
        took = (refusals[-1].t_ns - refusals[0].t_ns) / 1e9
        return Proof("requeue-loop" if loop else "retry-permanent", [order], shown, remark=given_up,
                     note=f"It tried {len(refusals)} times in {took:.1f} s.")
    return None


def work_before_ack(ev: Evidence) -> Proof | None:
    """At most once was asked, and an order was charged, delivered again, and charged again."""
    if ev.guarantee != "at-most-once":
        return None
    for order in ev.ledger.orders.duplicated:
        first, second = ev.ledger.effects[order][:2]
        if not ev.of(order, "acknowledged", before=first.seq):
            again = ev.first(e for e in ev.deliveries(order) if first.seq < e.seq < second.seq)
            return Proof("work-before-ack", [order], [first, *([again] if again else []), second])
    return None


def charge_twice(ev: Evidence) -> Proof | None:
    """Effectively once was asked, and an order has two effects."""
    if ev.guarantee != "effectively-once":
        return None
    for order in ev.ledger.orders.duplicated:
        effects = ev.ledger.effects[order]
        keys = {e.data.get("key") for e in effects}
        between = ev.first(e for e in ev.events if e.kind == "killed" and effects[0].seq < e.seq < effects[1].seq)
        proof = [effects[0], *([between] if between else []), effects[1]]
        name = "charge-without-key" if None in keys else "dedupe-on-delivery-id"
        return Proof(name, ev.ledger.orders.duplicated, proof)
    return None


def ignores_sigterm(ev: Evidence) -> Proof | None:
    for e in ev.all("stopped"):
        if e.data.get("status") == -9:
            return Proof("ignores-sigterm", [], [e], remark=True)
    return None


FIRST = (hard_coded,)
LAST = (retry_permanent, charge_twice, ignores_sigterm)
