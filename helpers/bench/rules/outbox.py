"""Rules for programs that write a row and send an event: how one of the two came to be there without the other."""

from helpers.bench.evidence import Evidence, Proof
from helpers.wire.events import Event

_HABIT = 2
"""Events without any row in the whole run, from which on it is a habit."""


def wrong_row(ev: Evidence) -> Proof | None:
    """A row that is no order's, that stands there twice, or whose amount is not the order's."""
    rows = list(ev.all("row"))
    return Proof("wrong-row", [e.order for e in rows], rows[:1], note=rows[0].data["amiss"]) if rows else None


def event_of_nothing(ev: Evidence) -> Proof | None:
    """An event of an order that no customer asks for: there is no such order at all."""
    orders = ev.ledger.orders.unexpected
    return Proof("hard-coded", orders, [ev.ledger.effects[orders[0]][0]]) if orders else None


def no_row(ev: Evidence) -> Proof | None:
    """Events were sent, and not one row was ever committed."""
    orders = ev.ledger.orders
    if orders.accepted or len(orders.charged) < _HABIT:
        return None
    return Proof("no-row", orders.charged, ev.of(orders.charged[0], "published", "confirmed")[:2], never="in the table")


def event_without_row(ev: Evidence) -> Proof | None:
    """The event was sent, then the program died, and the row was never committed."""
    accepted = set(ev.ledger.orders.accepted)
    alone = [o for o in ev.ledger.orders.charged if o not in accepted and ev.of(o, "withdrawn")]
    if not alone:
        return None
    order = alone[0]
    killed = ev.first(e for e in ev.all("killed") if e.seq > ev.of(order, "published")[0].seq)
    shown = [*ev.of(order, "published")[:1], *([killed] if killed else []), ev.of(order, "withdrawn")[0]]
    return Proof("no-outbox", alone, shown, never="in the table", note="An event without a row.")


def row_without_event(ev: Evidence) -> Proof | None:
    """Names how the event of a row that was committed came not to be sent."""
    named: dict[str, list[Proof]] = {}
    for order in ev.lost:
        if (proof := _unsent(ev, order)) is not None:
            named.setdefault(proof.name, []).append(proof)
    for name in ("no-confirms", "outbox-mark-before-confirm", "no-outbox"):
        if name in named:
            first = named[name][0]
            return Proof(name, [o for p in named[name] for o in p.orders], first.events, first.never, first.note)
    return None


def _unsent(ev: Evidence, order: str) -> Proof | None:
    row = ev.of(order, "accepted")[0]
    sent = [e for e in ev.ledger.history[order] if e.kind == "published"]  # also what was swallowed on its way
    if not sent:
        end = ev.end_of_life(row)
        if end is None or end.kind != "killed":
            return None
        return Proof("no-outbox", [order], [row, end], never="published", note="A row without an event.")
    if any(e.seq > sent[-1].seq for e in ev.of(order, "confirmed")):
        return None  # it got there, and was taken out or dropped
    cut = ev.first(e for e in _cuts(ev) if e.seq > sent[-1].seq)
    asked = any(e.data.get("confirm") or e.data.get("tx") for e in sent)
    name = "outbox-mark-before-confirm" if asked else "no-confirms"
    return Proof(name, [order], [row, sent[-1], *([cut] if cut else [])], never="confirmed, and never sent again")


def _cuts(ev: Evidence) -> list[Event]:
    return list(ev.all("reset", "killed", "ended"))


RULES = (event_of_nothing, wrong_row, no_row, event_without_row, row_without_event)
