"""What must not be held against a program that the bench knows only by its declaration. Pure functions.

A lab says how a program has to behave; here only the guarantee counts. Where a right program could look the same, nobody is
accused: a cause becomes a remark, a failure "unknown".
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from helpers.bench.evidence import Evidence, Proof
from helpers.bench.ledger import Ledger
from helpers.bench.own.declaration import Declaration
from helpers.wire.events import Event

_KEYS = frozenset({"charge-without-key", "dedupe-on-delivery-id"})
_NOT_LET_GO = frozenset({"never-ack", "xack-never"})
_PENDING = frozenset({"pending-never-reread", "peer-never-claims"})
_ORDER = frozenset({"customer-split", "order-broken"})
_LOOKS_AT_PENDING = frozenset({"XAUTOCLAIM", "XCLAIM", "XPENDING"})


def temper(proof: Proof, ev: Evidence, own: Declaration) -> Proof | None:
    """The rule's answer as far as it holds for such a program."""
    if proof.name in _KEYS and own.watched:
        return None  # a line or a row carries no key
    if proof.name in _ORDER:
        return None  # which orders belong together is for its owner to say
    if proof.name in _PENDING and any(_name(e) in _LOOKS_AT_PENDING for e in ev.events if e.actor in ev.roles):
        return None  # it claims, later than the bench waits
    done = set(ev.ledger.orders.charged) | set(ev.ledger.orders.refused)
    if proof.name in _NOT_LET_GO and set(ev.ledger.orders.accepted) <= done:
        return replace(proof, remark=True)  # it may acknowledge in batches that are larger than what there was
    if proof.name == "no-commit":
        return None  # the bench has held it up for longer than that; and what comes twice is told anyhow
    return proof


def _name(event: Event) -> str:
    return str(event.data.get("command") or event.data.get("via") or event.frame)


def doubts(ledger: Ledger, own: Declaration) -> Iterator[str]:
    """What makes the evidence incomplete here, and would be a mistake in a lab."""
    if strange := ledger.orders.unexpected:
        yield (f"{strange[0]} had its effect and is no order of this run: does the program keep what it has to do in a place "
               "that outlives a run? Let it be {state}")
    attempted = ledger.orders.charged or any(e.kind == "charge_failed" for seen in ledger.history.values() for e in seen)
    if own.role == "consumer" and ledger.orders.lost and not attempted:
        yield f"orders were taken, and not one effect was seen: does the program do what is declared, effect = \"{own.effect}\""


def held(ledger: Ledger, own: Declaration) -> str:
    """Why orders that are left over may still be in good hands; "" where they are simply not done."""
    left = ledger.orders.left_over
    queued = {order: [e for e in ledger.history[order] if e.kind in ("queued", "dead_lettered")] for order in left}
    if all(ledger.effects.get(order) for order in left):
        return "They are done, and have not been let go of" if len(left) > 1 else "It is done, and has not been let go of"
    undone = [order for order in left if not ledger.effects.get(order)]
    if all(queued[order] and all(e.data.get("aside") or e.kind == "dead_lettered" for e in queued[order]) for order in undone):
        return f"Put aside in {_places(queued, undone)}"
    if own.kind == "stream" and all(_delivered(ledger.history[order]) for order in undone):
        return "Delivered, and pending"
    return ""


def _places(queued: Mapping[str, Sequence[Event]], orders: Sequence[str]) -> str:
    return ", ".join(sorted({str(e.data.get("queue")) for order in orders for e in queued[order]}))


def _delivered(seen: Sequence[Event]) -> bool:
    return any(e.kind in ("delivered", "redelivered") and e.actor != "bench" for e in seen)
