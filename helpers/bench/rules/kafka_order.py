"""Rules for competing consumers on Kafka that have to keep the order of each customer's orders."""

from helpers.bench.evidence import Evidence, Proof
from helpers.bench.rules.kafka_consumer import lost_order
from helpers.wire.events import Event


def charged_out_of_order(ev: Evidence) -> Proof | None:
    """A process had both orders of a customer in its hands, in their order, and charged the later one first."""
    late = ev.ledger.orders.out_of_order
    for order in late:
        first = ev.ledger.effects[order][0]
        mine = [e for e in ev.deliveries(order) if e.actor == first.actor and e.seq < first.seq]
        if not mine:
            continue
        where = mine[0].pos or {}
        ahead = [e for o, effects in ev.ledger.effects.items() for e in effects[:1]
                 if e.seq < first.seq and e.actor == first.actor
                 for d in ev.deliveries(o)[:1] if _same_partition(d.pos or {}, where) and d.pos["offset"] > where["offset"]]
        if ahead:
            failed = [e for e in ev.of(order, "charge_failed") if e.seq < ahead[0].seq]
            return Proof("charged-out-of-order", late, [mine[0], *failed[:1], ahead[0], first])
    return None


def _same_partition(one: dict, other: dict) -> bool:
    return "offset" in one and (one.get("topic"), one.get("partition")) == (other.get("topic"), other.get("partition"))


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
