"""Rules for retries on Kafka: a commit is a position, so whoever waits in a partition holds up what stands behind."""

from helpers.bench.evidence import Evidence, Proof
from helpers.bench.rules.retry import let_go_before_the_copy, pauses, retried
from helpers.wire.events import Event


def poison_skipped(ev: Evidence) -> Proof | None:
    """A record that is no JSON was committed past, and stands nowhere else."""
    for record in ev.all("malformed"):
        settled = ev.first(e for e in ev.of(record.order, "acknowledged") if e.actor in ev.roles)
        if record.order in ev.lost and settled is not None:
            return Proof("poison-skipped", [record.order], [record, settled], never="among the dead letters")
    return None


def poison_blocks(ev: Evidence) -> Proof | None:
    """A record that is no JSON was fetched and never committed past; the program lives on, and does nothing of what stands
    behind it in the partition."""
    for record in ev.all("malformed"):
        fetched = ev.deliveries(record.order)
        if record.order not in ev.ledger.orders.left_over or not fetched or _broke_off(ev):
            continue
        behind = [order for order in _behind(ev, record.order) if not ev.attempts(order)]
        if behind:
            return Proof("poison-blocks", [record.order], [record, fetched[0]], never="committed, nor put aside",
                         note=f"{len(behind)} orders stand behind it in the partition.")
    return None


def retry_goes_nowhere(ev: Evidence) -> Proof | None:
    """Orders that were sent into a topic which the program never reads, and committed past."""
    nowhere = [(order, *found) for order in ev.ledger.orders.left_over if (found := _stranded(ev, order))]
    if not nowhere or _broke_off(ev):
        return None
    _, copy, settled = nowhere[0]
    return Proof("retry-goes-nowhere", [order for order, *_ in nowhere], [copy, settled], never="fetched from there",
                 note=f"It stands in {copy.pos['topic']}.")


def _stranded(ev: Evidence, order: str) -> tuple[Event, Event] | None:
    """(copy, the commit after it), where no topic that a copy was sent to was ever read."""
    copies = [e for e in ev.of(order, "confirmed") if e.actor in ev.roles]
    if not copies:
        return None
    topics = {e.pos["topic"] for e in copies}
    settled = ev.first(e for e in ev.of(order, "acknowledged", after=copies[-1].seq) if e.actor in ev.roles)
    read = any(e.pos and e.pos.get("topic") in topics for e in ev.all("delivered") if e.actor in ev.roles)
    return (copies[-1], settled) if settled is not None and not read else None


def retry_blocks_partition(ev: Evidence) -> Proof | None:
    """In every pause between two attempts nothing of what stood behind the order in its partition was done."""
    for order, attempts, gaps in retried(ev):
        waits = pauses(ev, attempts, gaps)
        behind = _behind(ev, order)
        tried = [e for other in behind for e in ev.attempts(other)]
        if len(waits) < 2 or any(first < e.seq < second for e in tried for first, second in waits):
            continue
        late = {e.order for e in tried if ev.attempts(e.order)[0].seq > attempts[-1].seq}
        if len(late) >= 2:
            return Proof("retry-blocks-partition", [order], [attempts[0], attempts[-1]],
                         note=f"For {sum(gaps):.1f} s nobody behind it was served; {len(late)} orders were waiting there.")
    return None


def _behind(ev: Evidence, order: str) -> list[str]:
    """Orders that stand behind it in its partition of the lab's topic."""
    stands = {e.order: e.pos for e in ev.all("confirmed") if e.actor == "bench" and e.pos and "offset" in e.pos}
    if order not in stands:
        return []
    place = stands[order]
    return [other for other, pos in stands.items()
            if (pos["topic"], pos["partition"]) == (place["topic"], place["partition"]) and pos["offset"] > place["offset"]]


def _broke_off(ev: Evidence) -> bool:
    """Whether a process of the program's ended with an error: then it may be that which left things undone."""
    return any(e.actor in ev.roles and e.data.get("status") for e in ev.all("ended"))


FIRST = (let_go_before_the_copy, poison_skipped, poison_blocks)
LAST = (retry_goes_nowhere, retry_blocks_partition)
