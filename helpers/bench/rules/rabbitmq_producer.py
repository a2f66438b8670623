"""Rules for producers on RabbitMQ."""

from helpers.bench.evidence import Evidence, Proof


def not_mandatory(ev: Evidence) -> Proof | None:
    """No queue was bound to an order's key: it was published without `mandatory`, confirmed, and dropped."""
    for order in ev.lost:
        confirmed = ev.of(order, "confirmed")
        published = [e for e in ev.of(order, "published") if not e.data.get("mandatory")]
        if confirmed and published and not ev.of(order, "returned") and not _broker_was_killed(ev, confirmed[-1].seq):
            return Proof("not-mandatory", [order], [published[0], confirmed[0], *ev.of(order, "accepted")[:1]])
    return None


def return_ignored(ev: Evidence) -> Proof | None:
    """RabbitMQ returned an order as unroutable, and the program accepted it all the same."""
    for order in ev.lost:
        if (returned := ev.of(order, "returned")) and (accepted := ev.of(order, "accepted")):
            return Proof("return-ignored", [order], [returned[0], accepted[0]])
    return None


def transient_message(ev: Evidence) -> Proof | None:
    """Confirmed, not persistent, and gone with the broker's process."""
    for order in ev.lost:
        confirmed = ev.of(order, "confirmed")
        if not confirmed or not _broker_was_killed(ev, confirmed[-1].seq):
            continue
        published = [e for e in ev.of(order, "published", before=confirmed[-1].seq) if e.data.get("delivery_mode") != 2]
        if published:
            killed = next(e for e in ev.all("killed") if e.actor == "broker" and e.seq > confirmed[-1].seq)
            orders = [o for o in ev.lost if any(e.data.get("delivery_mode") != 2 for e in ev.of(o, "published"))]
            return Proof("transient-message", orders, [published[-1], confirmed[-1], killed])
    return None


def _broker_was_killed(ev: Evidence, after: int) -> bool:
    return any(e.actor == "broker" and e.seq > after for e in ev.all("killed"))


RULES = (return_ignored, transient_message, not_mandatory)
