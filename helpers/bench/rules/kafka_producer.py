"""Rules for producers on Kafka."""

from collections import defaultdict

from helpers.bench.evidence import Evidence, Proof
from helpers.bench.rules.producer import promised_too_early, sent_before, sent_twice_in_one_life
from helpers.wire.events import Event

_NO_PRODUCER_ID = -1


def acks_zero(ev: Evidence) -> Proof | None:
    """Lost on its way, and the program had asked for no answer. Where none is asked for, a promise may overtake what was handed
    over before it."""
    sent = {o: [e for e in ev.ledger.history[o] if e.kind == "published" and e.actor in ev.roles] for o in promised_too_early(ev)}
    lost = [o for o, events in sent.items() if events and all(e.data.get("acks") == 0 for e in events)]
    if not lost:
        return None
    shown = sorted([sent[lost[0]][0], ev.of(lost[0], "accepted")[0]], key=lambda e: e.seq)
    return Proof("acks-zero", lost, shown, never="confirmed")


def future_ignored(ev: Evidence) -> Proof | None:
    """The broker had refused an order for good, and it was accepted all the same; with it, what the client then gave up."""
    lost = promised_too_early(ev)
    for order in lost:
        accepted = ev.of(order, "accepted")[0]
        if refused := ev.of(order, "refused", before=accepted.seq):
            return Proof("future-ignored", [order, *(o for o in lost if o != order)], [refused[0], accepted],
                         note=f"The broker had answered {refused[0].data.get('error')}.")
    return None


def stuck_at_refused(ev: Evidence) -> Proof | None:
    """The broker refused an order for good, and others, which it would have taken, were never accepted."""
    waiting = ev.ledger.orders.never_accepted
    for order in ev.ledger.unroutable:
        if waiting and (refused := ev.of(order, "refused")):
            return Proof("stuck-at-refused", [order], [*ev.of(order, "published")[:1], refused[0]],
                         note=f"{len(waiting)} orders were never accepted.")
    return None


def send_without_flush(ev: Evidence) -> Proof | None:
    """Accepted, never sent, and the program ended by itself: it stood in the client's buffer."""
    lost = []
    for order in promised_too_early(ev):
        end = ev.end_of_life(ev.of(order, "accepted")[0])
        sent = any(e.kind == "published" for e in ev.ledger.history[order])
        if end is not None and end.kind == "ended" and not sent and order not in ev.ledger.unroutable:
            lost.append((order, end))
    if not lost:
        return None
    order, end = lost[0]
    return Proof("send-without-flush", [o for o, _ in lost], [ev.of(order, "accepted")[0], end], never="sent")


def accept_before_commit(ev: Evidence) -> Proof | None:
    """Sent in a transaction, accepted before it was committed; the transaction was aborted."""
    commits = [e.seq for e in ev.all("method") if e.frame == "EndTxn" and e.data.get("commit")]
    lost = [o for o in ev.lost if (sent := sent_before(ev, o)) and all(e.data.get("txn") for e in sent)
            and (accepted := ev.of(o, "accepted")) and not any(sent[0].seq < commit < accepted[0].seq for commit in commits)]
    if not lost:
        return None
    return Proof("accept-before-commit", lost, [sent_before(ev, lost[0])[0], ev.of(lost[0], "accepted")[0]], never="committed")


def customer_split(ev: Evidence) -> Proof | None:
    """The orders of one customer stand in several partitions."""
    places: dict[str, dict[int, Event]] = defaultdict(dict)
    for e in ev.all("queued"):
        if "partition" in e.data:
            places[e.data["customer"]].setdefault(e.data["partition"], e)
    for customer, found in places.items():
        if len(found) > 1:
            first, second, *_ = found.values()
            note = f"The orders of {customer} stand in partitions {', '.join(map(str, sorted(found)))}."
            return Proof("customer-split", [first.order, second.order],
                         [*ev.of(first.order, "published")[-1:], *ev.of(second.order, "published")[-1:]], note=note)
    return None


def idempotence_off(ev: Evidence) -> Proof | None:
    """Sent again without a producer's id: the broker could not see that it had it already."""
    for order in ev.ledger.orders.duplicated:
        pair = sent_twice_in_one_life(ev, order)
        if pair and all(e.data.get("pid") == _NO_PRODUCER_ID for e in pair):
            return Proof("idempotence-off", ev.ledger.orders.duplicated, pair, remark=ev.guarantee != "effectively-once")
    return None


def order_broken(ev: Evidence) -> Proof | None:
    """A later order of the same customer stands before an earlier one."""
    late = ev.ledger.orders.out_of_order
    if not late or customer_split(ev) is not None or any(ev.all("charged")):
        return None  # in which order somebody else has charged them says nothing of the topic
    return Proof("order-broken", late, ev.of(late[0], "published")[:2])


RULES = (acks_zero, future_ignored, send_without_flush, stuck_at_refused, accept_before_commit, idempotence_off, customer_split,
         order_broken)
