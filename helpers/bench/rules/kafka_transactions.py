"""Rules for consume-transform-produce on Kafka: the effect is a record in the output topic, as a reader of committed records
sees it. A doubled or missing record is named by what its transaction held, and by who had to end it.
"""

from collections.abc import Sequence

from helpers.bench.evidence import Evidence, Proof
from helpers.bench.rules.common import ignores_sigterm
from helpers.bench.rules.kafka_consumer import client_join_hang, group_of_one_each, latest_misses_backlog
from helpers.wire.events import Event

_IDLE_NS = 2_000_000_000
"""Nanoseconds after the last record sent, from which on a process is not about to commit any more."""


def _sent(ev: Evidence, order: str) -> list[Event]:
    return [e for e in ev.of(order, "published") if e.actor in ev.roles]


def _commits(ev: Evidence, order: str) -> list[Event]:
    """Commits of transactions in which the order was sent on."""
    return [e for e in ev.all("method", commit=True) if e.frame == "EndTxn" and order in e.data.get("orders", ())]


def _acknowledged(ev: Evidence, order: str) -> list[Event]:
    return [e for e in ev.of(order, "acknowledged") if e.actor in ev.roles]


def _ids(ev: Evidence) -> dict[int, str]:
    """Producer id -> transactional id."""
    return {e.data["pid"]: e.data["transactional_id"] for e in ev.all("method")
            if e.frame == "InitProducerId" and e.actor in ev.roles and e.data.get("transactional_id")}


def read_uncommitted(ev: Evidence) -> Proof | None:
    """What was sent on came from the topic, and nobody had ordered it: its transaction had been aborted."""
    read = [o for o in ev.ledger.orders.unexpected if ev.deliveries(o)]
    if not read:
        return None
    return Proof("read-uncommitted", read, [ev.deliveries(read[0])[0], ev.ledger.effects[read[0]][0]])


def left_open(ev: Evidence) -> Proof | None:
    """A process died within a transaction, and nobody began under its transactional id again: readers of committed records
    wait before what stands behind it, and its group before the offsets that are in it."""
    hidden = [o for o in ev.lost if _commits(ev, o)] or ev.ledger.orders.left_over
    if not hidden:
        return None
    ids = _ids(ev)
    for end in ev.all("killed", "ended"):
        begun = [e for e in ev.all("published", txn=True) if e.actor == end.actor and e.seq < end.seq
                 and not _over(ev, e, end, ids)]
        later = ev.first(e for e in ev.events[begun[0].seq if begun else end.seq:] if e.frame == "InitProducerId"
                         and e.actor in ev.roles and e.data.get("transactional_id"))
        if begun and later is not None:
            return Proof("random-transactional-id", hidden, [begun[0], end, later],
                         note=f"The first had begun as {ids.get(begun[0].data.get('pid'), 'another')}.")
    return None


def _over(ev: Evidence, sent: Event, end: Event, ids: dict[int, str]) -> bool:
    """Whether the transaction of a record was ended by its own process, or by the next one of the same transactional id."""
    mine = ids.get(sent.data.get("pid"))
    return any(e.seq > sent.seq and ((e.frame == "EndTxn" and e.data.get("pid") == sent.data.get("pid"))
                                     or (e.frame == "InitProducerId" and e.data.get("transactional_id") == mine))
               for e in ev.all("method"))


def lost_order(ev: Evidence) -> Proof | None:
    """The group has gone on behind an order whose record was never committed."""
    for order in ev.lost:
        if (proof := _loss(ev, order)) is not None:
            alike = [o for o in ev.lost if (other := _loss(ev, o)) is not None and other.name == proof.name]
            return Proof(proof.name, alike, proof.events, never=proof.never)
    return None


def _loss(ev: Evidence, order: str) -> Proof | None:
    covering = ev.first(_acknowledged(ev, order))
    if covering is None or _commits(ev, order):
        return None
    end = ev.end_of_life(covering)
    if covering.data.get("tx"):
        aborted = [e for e in ev.all("method", commit=False) if e.frame == "EndTxn" and order in e.data.get("orders", ())]
        if aborted and aborted[0].seq < covering.seq:
            return Proof("abort-without-seek", [order], [*_sent(ev, order)[:1], aborted[0], covering], never="sent again")
        in_it = [e for e in _sent(ev, order) if e.seq < covering.seq and e.data.get("txn")]
        shown = [covering, *([end] if end else [])]
        return None if in_it else Proof("commit-covers-unprocessed", [order], shown, never="sent on")
    name = "offsets-outside-transaction" if _transactions(ev) else "no-transaction"
    return Proof(name, [order], [*_sent(ev, order)[:1], covering, *([end] if end else [])], never="committed in the output topic")


def _transactions(ev: Evidence) -> bool:
    return any(e.actor in ev.roles for e in ev.all("published", txn=True))


def doubled_order(ev: Evidence) -> Proof | None:
    """An order has two records: what was read and what was sent on were not committed together."""
    twice: Sequence[str] = ev.ledger.orders.duplicated
    for order in twice:
        sent, commits, covered = _sent(ev, order), _commits(ev, order), _acknowledged(ev, order)
        between = ev.first(e for e in ev.all("killed", "reset", "paused") if sent and sent[0].seq < e.seq < sent[-1].seq)
        shown = [*sent[:1], *([between] if between else []), *sent[-1:]]
        pair = [*commits[:1], *([between] if between else []), *commits[1:2]]
        if any(not e.data.get("txn") for e in sent):
            return Proof("no-transaction", twice, shown)
        if len(commits) > 1 and not any(e.data.get("tx") for e in covered):
            return Proof("offsets-outside-transaction", twice, [*pair, *covered[:1]])
        if len({e.data.get("transactional_id") for e in commits}) > 1:
            return Proof("random-transactional-id", twice, pair)
    return None


def aborted_and_left(ev: Evidence) -> Proof | None:
    """Aborted, never sent again, and the process lived on with nothing to do: it was the last in its partition."""
    aborts = [e for e in ev.all("method", commit=False) if e.frame == "EndTxn" and e.actor in ev.roles]
    left = [(o, e) for o in ev.ledger.orders.left_over for e in aborts if o in e.data.get("orders", ())
            and _idle_after(ev, e) and not any(sent.seq > e.seq for sent in _sent(ev, o))]
    if not left:
        return None
    order, abort = left[0]
    orders = list(dict.fromkeys(o for o, _ in left))
    return Proof("abort-without-seek", orders, [*_sent(ev, order)[-1:], abort], never="sent again")


def _idle_after(ev: Evidence, event: Event) -> bool:
    """Whether the process lived on until the bench stopped it, and sent nothing for a while before that."""
    stopped = ev.first(e for e in ev.events[event.seq:] if e.kind == "stopped" and e.actor == event.actor)
    if stopped is None or ev.end_of_life(event) is not None:
        return False
    last = [e for e in ev.events[event.seq:stopped.seq] if e.actor == event.actor and (e.kind == "published" or e is event)][-1]
    return stopped.t_ns - last.t_ns >= _IDLE_NS


def never_committed(ev: Evidence) -> Proof | None:
    """Records were sent in a transaction, and no transaction was ever committed, though the process lived on."""
    sent = [e for e in ev.all("published", txn=True) if e.actor in ev.roles and e.order is not None]
    if not sent or ev.ledger.orders.charged or any(e.frame == "EndTxn" and e.data.get("commit") for e in ev.all("method")):
        return None
    last = sent[-1]
    if not _idle_after(ev, last):
        return None
    return Proof("transaction-never-committed", list(dict.fromkeys(e.order for e in sent)), [sent[0], last],
                 never="committed in the output topic")


def end_to_end(ev: Evidence) -> Proof | None:
    """The program charged, too, and a charge has happened twice: the transaction did not hold it."""
    twice = [o for o in ev.ledger.history if len([e for e in ev.of(o, "charged") if not e.data.get("replayed")]) > 1]
    if not twice:
        return None
    return Proof("transaction-is-end-to-end", twice, ev.of(twice[0], "charged")[:2], remark=True)


RULES = (read_uncommitted, client_join_hang, latest_misses_backlog, left_open, lost_order, group_of_one_each, doubled_order,
         aborted_and_left, never_committed, end_to_end, ignores_sigterm)
