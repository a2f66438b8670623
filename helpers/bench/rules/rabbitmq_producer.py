"""Rules for producers on RabbitMQ."""

from helpers.bench.evidence import Evidence, Proof
from helpers.bench.ledger import ends_by_itself, went_there
from helpers.bench.rules.producer import promised_too_early, sent_before
from helpers.wire.events import Event

_TRIES = 25
"""Returns of one order after which a program does not come round to the others."""
_PERSISTENT = 2
_LEAVES = ("killed", "ended", "reset", "closed", "cancelled")
"""Events with which somebody stops using a queue."""


def return_ignored(ev: Evidence) -> Proof | None:
    """RabbitMQ returned an order as unroutable, and the program accepted it all the same."""
    for order in ev.lost:
        accepted = ev.of(order, "accepted")
        if accepted and (returned := ev.of(order, "returned", before=accepted[0].seq)):
            return Proof("return-ignored", [order], [returned[0], accepted[0]])
    return None


def message_expires(ev: Evidence) -> Proof | None:
    """Confirmed, with a time to live that was over before the run was, and nobody had taken the order out."""
    orders = [(o, published, confirmed) for o in ev.lost if (published := _mortal(ev, o))
              and (confirmed := _confirmed_to_expire(ev, o, published))]
    if not orders:
        return None
    _, published, confirmed = orders[0]
    return Proof("message-expires", [o for o, _, _ in orders], [published, confirmed], never="delivered",
                 note=f"Its expiration was {published.data['expiration']} ms.")


def _mortal(ev: Evidence, order: str) -> Event | None:
    """The last of its publishes, where each had a time to live and got into a queue."""
    published = [e for e in ev.of(order, "published") if e.actor in ev.roles]
    if not published or ev.of(order, "returned", "delivered", "redelivered"):
        return None
    sound = all(e.data.get("mandatory") and (e.data.get("expiration") or "").isdecimal() for e in published)
    return published[-1] if sound else None


def _confirmed_to_expire(ev: Evidence, order: str, published: Event) -> Event | None:
    """The confirm after which its time ran out, with nothing before that by which a message may go."""
    confirmed = ev.of(order, "confirmed", after=published.seq)
    if not confirmed:
        return None
    end = confirmed[-1].t_ns + int(published.data["expiration"]) * 1_000_000
    other = [e for e in ev.all("killed", "purged") if e.seq > published.seq and (e.kind == "purged" or e.actor == "broker")]
    over = ev.events[-1].t_ns > end and not any(e.t_ns <= end for e in other)
    return confirmed[-1] if over else None


def transient_message(ev: Evidence) -> Proof | None:
    """Confirmed, not persistent, and gone with the broker's process."""
    orders = [o for o in ev.lost if (c := ev.of(o, "confirmed")) and _broker_killed(ev, c[-1])
              and _published_as(ev, o, transient=True)]
    if not orders:
        return None
    confirmed = ev.of(orders[0], "confirmed")[-1]
    published = _published_as(ev, orders[0], transient=True)
    return Proof("transient-message", orders, [published[-1], confirmed, _broker_killed(ev, confirmed)])


def non_durable_queue(ev: Evidence) -> Proof | None:
    """Confirmed, in a queue that was declared without durable, and gone with the broker's process."""
    for declared in ev.all("declared", what="queue", passive=False, durable=False):
        orders = [o for o in ev.lost if not declared.data.get("exclusive") and went_there(ev.of(o, "published"), declared)
                  and (c := ev.of(o, "confirmed")) and _broker_killed(ev, c[-1])]
        if orders:
            confirmed = ev.of(orders[0], "confirmed")[-1]
            return Proof("non-durable-queue", orders, [declared, confirmed, _broker_killed(ev, confirmed)])
    return None


def queue_deletes_itself(ev: Evidence) -> Proof | None:
    """Confirmed, in a queue that RabbitMQ deleted when the last one to use it was gone; nobody had taken the order out."""
    for declared in (e for e in ev.events if ends_by_itself(e)):
        orders = [(o, gone) for o in ev.lost if went_there(ev.of(o, "published"), declared) and (c := ev.of(o, "confirmed"))
                  and (gone := ev.first(e for e in ev.all(*_LEAVES) if e.seq > c[-1].seq))]
        if orders:
            order, gone = orders[0]
            return Proof("queue-deletes-itself", [o for o, _ in orders], [declared, ev.of(order, "confirmed")[-1], gone])
    return None


def not_mandatory(ev: Evidence) -> Proof | None:
    """No queue was bound to an order's key: it was published without `mandatory`, and dropped (and confirmed where asked)."""
    for order in ev.lost:
        published = [e for e in ev.of(order, "published") if not e.data.get("mandatory")
                     and (order in ev.ledger.unroutable or e.data.get("expiration") is None)]  # else it may have expired
        confirmed = ev.of(order, "confirmed")
        if not published or ev.of(order, "returned") or (confirmed and _broker_killed(ev, confirmed[-1])):
            continue
        # Where the broker did not say that it had it, it may have got lost on the way.
        if order in ev.ledger.unroutable or (confirmed and _way(published[0]) not in _ways_that_lead_somewhere(ev)):
            return Proof("not-mandatory", [order], [published[0], *confirmed[:1], *ev.of(order, "accepted")[:1]])
    return None


def no_confirms(ev: Evidence) -> Proof | None:
    """Lost on its way, accepted at once, and the channel was never asked for confirms. Of what the program sent into a broken
    connection nothing is to be seen: what else it sent then says how it sends."""
    everything = [e for e in ev.all("published") if e.actor in ev.roles]
    lost = [o for o in promised_too_early(ev) if (sent := sent_before(ev, o) or everything)
            and not any(e.data.get("confirm") or e.data.get("tx") for e in sent)]
    if not lost:
        return None
    sent = sent_before(ev, lost[0])
    note = "" if sent else "Nothing of it had come as far as the broker."
    return Proof("no-confirms", lost, [*sent[:1], ev.of(lost[0], "accepted")[0]], never="confirmed", note=note)


def wrong_routing_key(ev: Evidence) -> Proof | None:
    """An order for which there is a binding came back as unroutable, and never got there by another key."""
    there = {*ev.ledger.orders.charged, *ev.ledger.orders.accepted, *ev.ledger.unroutable}
    back = [e for e in ev.all("returned") if e.order and e.order not in there]
    if not back:
        return None
    key = back[0].data.get("routing_key")
    return Proof("wrong-routing-key", list(dict.fromkeys(e.order for e in back)), back[:1], note=f"The key was {key!r}.")


def stuck_at_returned(ev: Evidence) -> Proof | None:
    """An order came back as unroutable, and those behind it were never sent: the program ended there, or tried on for ever."""
    waiting = ev.ledger.orders.never_accepted
    for order in ev.ledger.unroutable:
        returned = ev.of(order, "returned")
        if not returned or not waiting:
            continue
        end = ev.end_of_life(returned[-1])
        if len(returned) > _TRIES:
            note = f"It was sent {len(returned)} times."
            return Proof("stuck-at-returned", [order], [returned[0], returned[-1]], note=note)
        if end is not None and end.kind == "ended" and not any(e.seq > returned[-1].seq for e in ev.all("published")):
            return Proof("stuck-at-returned", [order], [returned[0], end], note=f"{len(waiting)} orders were never sent.")
    return None


def redeclare_mismatch(ev: Evidence) -> Proof | None:
    """A declaration was answered with 406, and orders stayed behind."""
    if not ev.ledger.orders.never_accepted:
        return None
    for e in ev.all("closed", scope="channel", by="broker", code=406):
        if "inequivalent arg" in (e.data.get("text") or ""):
            return Proof("redeclare-mismatch", [], [e])
    return None


def _published_as(ev: Evidence, order: str, *, transient: bool) -> list[Event]:
    return [e for e in ev.of(order, "published") if (e.data.get("delivery_mode") != _PERSISTENT) == transient]


def _way(published: Event) -> tuple[str, str]:
    return published.data.get("exchange"), published.data.get("routing_key")


def _ways_that_lead_somewhere(ev: Evidence) -> set[tuple[str, str]]:
    return {_way(e) for order in ev.ledger.orders.charged for e in ev.of(order, "published")}


def _broker_killed(ev: Evidence, after: Event) -> Event | None:
    return ev.first(e for e in ev.all("killed") if e.actor == "broker" and e.seq > after.seq)


REACHING = (redeclare_mismatch, not_mandatory, wrong_routing_key)
"""Those that only ask whether a message can get to a queue."""

RULES = (redeclare_mismatch, return_ignored, queue_deletes_itself, non_durable_queue, message_expires, transient_message,
         not_mandatory, no_confirms, wrong_routing_key, stuck_at_returned)
