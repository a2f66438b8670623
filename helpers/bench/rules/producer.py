"""Rules for producers on every broker: a loss is named by what the program knew when it promised the order."""

from helpers.bench.evidence import Evidence, Proof
from helpers.bench.ledger import left_the_queue
from helpers.wire.events import Event

_CLASSES = ("wrong-body", "metadata-missing", "metadata-wrong")
_BESIDE = frozenset({"PUBLISH", "SPUBLISH", "RPUSH", "LPUSH"})
_MANY_CONNECTIONS = 8
"""Connections of one start from which on it is a habit, and no second connection or reconnection."""


def accept_before_confirm(ev: Evidence) -> Proof | None:
    """An order was accepted, no answer of the broker to it had come, and it is not there."""
    lost = promised_too_early(ev)
    if not lost:
        return None
    order = lost[0]
    sent = sent_before(ev, order)
    note = "" if sent else "Nothing had come as far as the broker."
    return Proof("accept-before-confirm", lost, [*sent[:1], ev.of(order, "accepted")[0]], never="confirmed", note=note)


def promised_too_early(ev: Evidence) -> list[str]:
    """Lost orders that were accepted before the broker had answered, and of which it never said that it had them: what it
    did have was not lost on its way."""
    return [order for order in ev.lost if (accepted := ev.of(order, "accepted"))
            and not confirmations(ev, order, before=accepted[0].seq)
            and (ev.of(order, "returned") or not confirmations(ev, order))]


def confirmations(ev: Evidence, order: str, before: int | None = None) -> list[Event]:
    """The broker's answers that say it has the order; a bell (PUBLISH) or a note in a list is not where it belongs."""
    return [e for e in ev.of(order, "confirmed", before=before) if e.data.get("command") not in _BESIDE]


def sent_before(ev: Evidence, order: str) -> list[Event]:
    """How often the order was published before it was accepted: what was swallowed on its way was published all the same."""
    accepted = ev.of(order, "accepted")
    return [e for e in ev.ledger.history.get(order, ()) if e.kind == "published" and (not accepted or e.seq < accepted[0].seq)]


def sent_twice_in_one_life(ev: Evidence, order: str, but: tuple[str, ...] = ()) -> list[Event]:
    """The first two times that one process sent the order to one place; empty where each start sent it once. `but`: frames left
    out."""
    starts = [e.seq for e in ev.all("started", "restarted") if e.actor in ev.roles]  # not the broker's
    lives: dict[tuple[int, str | None, str | None], list[Event]] = {}
    for event in (e for e in ev.of(order, "published") if e.frame not in but):
        # A program may add an order to a stream and leave a note of it in a list: that is no second time.
        where = sum(seq < event.seq for seq in starts), event.frame, (event.pos or {}).get("stream")
        life = lives.setdefault(where, [])
        life.append(event)
        if len(life) == 2:
            return life
    return []


def sent_again(ev: Evidence) -> Proof | None:
    """Effectively once was asked, and the program sent again what was there already."""
    doubles = ev.ledger.orders.duplicated
    if ev.guarantee != "effectively-once" or not doubles or ev.ledger.effects[doubles[0]][0].kind == "charged":
        return None  # charged twice is the consumer's part: it must be able to meet an order twice
    return Proof("sent-again", doubles, ev.of(doubles[0], "published")[:2])


def amiss_on_arrival(ev: Evidence) -> Proof | None:
    """A message arrived without its metadata, or with a body that is not its order."""
    for name in _CLASSES:
        found = [(e, text) for e in ev.all("queued") for kind, text in e.data.get("amiss", ()) if kind == name]
        if found:
            event, text = found[0]
            orders = list(dict.fromkeys(e.order for e, _ in found))
            return Proof(name, orders, [*ev.of(event.order, "published")[-1:], event], note=f"{text[0].upper()}{text[1:]}.")
    return None


def purges(ev: Evidence) -> Proof | None:
    """The program emptied or deleted the place after the broker had confirmed what stood in it."""
    for purged in (e for e in ev.all("purged") if e.actor in ev.roles and "group" not in e.data):
        lost = [o for o in ev.lost if (c := confirmations(ev, o)) and c[0].seq < purged.seq
                and not left_the_queue(ev.ledger.history[o], ev.ledger.swallowed)]
        if lost:
            return Proof("purges", lost, [confirmations(ev, lost[0])[0], purged])
    return None


def never_accept(ev: Evidence) -> Proof | None:
    """The orders are there, the broker has answered, and not one of them was promised."""
    orders = ev.ledger.orders
    answered = [order for order in orders.charged if confirmations(ev, order)]
    if orders.accepted or not answered:
        return None
    shown = [*ev.of(answered[0], "published")[:1], confirmations(ev, answered[0])[0]]
    return Proof("never-accept", answered, shown, never="accepted")


def gives_up(ev: Evidence) -> Proof | None:
    """The program ended with 0, of its own accord, and orders are still open that it could have sent."""
    orders = ev.ledger.orders
    if not orders.never_accepted or never_accept(ev) is not None:
        return None
    if not any(e.actor in ev.roles for e in ev.all("published")):
        return None  # it has not even begun
    last = [e for e in ev.all("ended", "started", "restarted", "stopped", "killed") if e.actor in ev.roles][-1:]
    if last and last[0].kind == "ended" and last[0].data.get("status") == 0:
        first = orders.never_accepted[0]
        return Proof("gives-up", orders.never_accepted, [*ev.of(first, "published", "refused")[:1], last[0]], never="accepted")
    return None


def connection_per_message(ev: Evidence) -> Proof | None:
    """Nearly every order went over a connection of its own: right, and slow."""
    opened: list[Event] = []
    for event in ev.events:
        if event.actor not in ev.roles:
            continue
        if event.kind in ("started", "restarted"):
            opened = []
        elif event.kind == "opened":
            opened.append(event)
            if len(opened) > _MANY_CONNECTIONS and len(opened) * 2 > len(ev.ledger.orders.charged):
                return Proof("connection-per-message", [], opened[:2], note=f"It opened {len(opened)} at least.")
    return None


RULES = (purges, accept_before_confirm, sent_again, amiss_on_arrival, never_accept, gives_up, connection_per_message)
BESIDE = (purges, amiss_on_arrival, gives_up, connection_per_message)
"""Those that do not ask what the program knew when it promised: where the promise is a row, it comes first."""
