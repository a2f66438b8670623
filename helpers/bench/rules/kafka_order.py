"""Rules for competing consumers on Kafka that have to keep the order of each customer's orders."""

from helpers.bench.evidence import Evidence, Proof
from helpers.bench.rules.kafka_consumer import lost_order
from helpers.wire.events import Event


def charged_out_of_order(ev: Evidence) -> Proof | None:
    """A process had an order in its hands, and charged one that stands behind it in the partition first."""
    late = ev.ledger.orders.out_of_order
    for order in late:
        first = ev.ledger.effects[order][0]
        for e in (effects[0] for o, effects in ev.ledger.effects.items() if effects and o != order):
            mine = [d for d in ev.deliveries(order) if d.actor == e.actor and d.seq < e.seq]
            if e.seq < first.seq and mine and any(_behind(d.pos or {}, mine[0].pos or {}) for d in ev.deliveries(e.order)):
                failed = [f for f in ev.of(order, "charge_failed") if f.seq < e.seq]
                return Proof("charged-out-of-order", late, [mine[0], *failed[:1], e, first])
    return None


def _behind(later: dict, earlier: dict) -> bool:
    """Whether a record stands behind another in the same partition."""
    return (later.get("topic"), later.get("partition")) == (earlier.get("topic"), earlier.get("partition")) \
        and later.get("offset", -1) > earlier.get("offset", -1)


def charges_after_revocation(ev: Evidence) -> Proof | None:
    """A process began to charge an order whose partition its group had already given to another process."""
    owner: dict[tuple[str, int], Event] = {}  # (topic, partition) -> the assignment by which somebody has it
    for e in ev.events:
        if e.kind == "subscribed" and e.actor in ev.roles:
            for topic, partition in e.data.get("partitions") or ():
                owner[topic, partition] = e
        elif e.kind == "charged" and e.actor in ev.roles:
            last = [d for d in ev.deliveries(e.order) if d.actor == e.actor and d.seq < e.seq][-1:]
            given = owner.get(((last[0].pos or {}).get("topic"), (last[0].pos or {}).get("partition"))) if last else None
            begun = e.t_ns - int((e.data.get("waited") or 0) * 1e9)
            if given is not None and given.actor != e.actor and last[0].seq < given.seq and begun - given.t_ns > _GRACE_NS:
                return Proof("charges-after-revocation", [e.order], [last[0], given, e])
    return None


_GRACE_NS = 150_000_000
"""Nanoseconds that a request to the shop may have been on its way when the partition was given to another."""


RULES = (lost_order, charged_out_of_order, charges_after_revocation)
