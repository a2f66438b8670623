"""Rules for producers on every broker: a loss is named by what the program knew when it promised the order."""

from helpers.bench.evidence import Evidence, Proof

_CLASSES = ("wrong-body", "metadata-missing", "metadata-wrong")


def accept_before_confirm(ev: Evidence) -> Proof | None:
    """An order was accepted, no answer of the broker to it had come, and it is not there."""
    lost = [order for order in ev.lost if not _confirmed_before_accepted(ev, order) and ev.of(order, "accepted")]
    if not lost:
        return None
    order = lost[0]
    sent = ev.of(order, "published", before=None)
    # What was swallowed on its way was published by the program all the same.
    tried = [e for e in ev.ledger.history[order] if e.kind == "published"]
    return Proof("accept-before-confirm", lost, [*(sent or tried)[:1], ev.of(order, "accepted")[0]], never="confirmed")


def _confirmed_before_accepted(ev: Evidence, order: str) -> bool:
    accepted = ev.of(order, "accepted")
    return bool(accepted) and bool(ev.of(order, "confirmed", before=accepted[0].seq))


def amiss_on_arrival(ev: Evidence) -> Proof | None:
    """A message arrived without its metadata, or with a body that is not its order."""
    for name in _CLASSES:
        found = [(e, text) for e in ev.all("queued") for kind, text in e.data.get("amiss", ()) if kind == name]
        if found:
            event, text = found[0]
            orders = list(dict.fromkeys(e.order for e, _ in found))
            return Proof(name, orders, [*ev.of(event.order, "published")[-1:], event], note=f"{text[0].upper()}{text[1:]}.")
    return None


RULES = (accept_before_confirm, amiss_on_arrival)
