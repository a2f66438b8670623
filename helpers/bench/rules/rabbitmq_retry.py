"""Rules for orders that a program on RabbitMQ sent away to wait, and that never came back."""

from helpers.bench.evidence import Evidence, Proof
from helpers.wire.events import Event


def lost_on_the_way_back(ev: Evidence) -> Proof | None:
    """The last that is known of a lost order: the program published a copy of it, and let go of the original."""
    for order in ev.lost:
        copies = [e for e in ev.of(order, "published") if e.actor in ev.roles]
        if not copies or any(e.seq > copies[-1].seq for e in ev.deliveries(order)):
            continue
        copy = copies[-1]
        confirmed = ev.first(e for e in ev.of(order, "confirmed", after=copy.seq) if e.actor in ev.roles)
        settled = ev.first(ev.of(order, "acknowledged", "rejected", after=copy.seq))
        killed = ev.first(e for e in ev.all("killed") if e.actor == "broker" and e.seq > copy.seq)
        if settled is None:
            continue
        name = _name(ev, order, copy, confirmed, killed)
        shown = [copy, *([confirmed] if confirmed else []), settled, *([killed] if killed and confirmed else [])]
        return Proof(name, [order], shown[:3], never="delivered again")
    return None


def _name(ev: Evidence, order: str, copy: Event, confirmed: Event | None, killed: Event | None) -> str:
    if ev.of(order, "returned", after=copy.seq):
        return "return-ignored"
    if confirmed is None:
        return "retry-republish-unconfirmed"
    if killed is None:
        return "retry-goes-nowhere"
    return "transient-message" if copy.data.get("delivery_mode") != 2 else "dead-lettered-at-most-once"


RULES = (lost_on_the_way_back,)
