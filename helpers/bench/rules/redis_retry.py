"""Rules for retries on Redis: what was let go of too early, and what is claimed for ever."""

from helpers.bench.evidence import Evidence, Proof
from helpers.bench.rules.redis_consumer import no_delivery_cap
from helpers.bench.rules.retry import let_go_before_the_copy


def claimed_for_ever(ev: Evidence) -> Proof | None:
    """An order refused for good is taken up again and again, and never given up. (Given up at last it is `retry-permanent`.)"""
    proof = no_delivery_cap(ev)
    return proof if proof is not None and not proof.remark else None


FIRST = (let_go_before_the_copy, claimed_for_ever)
LAST = ()
