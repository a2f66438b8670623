"""Rules for retry labs: how often, how soon, who had to wait meanwhile, and what became of what was given up."""

from collections.abc import Iterator

from helpers.bench.evidence import Evidence, Proof
from helpers.wire.events import Event

_AT_ONCE = 0.03
"""Seconds: pauses that are all shorter are none. The labs ask for 0.1 s and more, and a busy machine only makes them longer."""
_PAUSE = 0.08
"""Seconds: a gap between two attempts from which on it is a pause, in which others could have been served."""
_MORE = 2
"""Attempts beyond the number asked that a crash can bring about."""


def no_dead_letter(ev: Evidence) -> Proof | None:
    """An order that the shop refused, or that failed too often, was let go of and stands nowhere."""
    for order in ev.lost:
        failed = [e for e in ev.attempts(order) if e.kind == "charge_failed"]
        if not failed or not (failed[-1].data.get("status") == 422 or len(failed) >= ev.max_attempts):
            continue
        settled = ev.first(e for e in ev.of(order, "acknowledged", "rejected", after=failed[-1].seq) if not e.data.get("requeue"))
        if settled is not None and not settled.data.get("opaque"):
            return Proof("no-dead-letter", [order], [failed[-1], settled], never="among the dead letters")
    return None


def let_go_before_the_copy(ev: Evidence) -> Proof | None:
    """An order that could not be charged was let go of; its copy was sent too late, or was not safe yet, and never arrived."""
    for order in ev.lost:
        failed = [e for e in ev.attempts(order) if e.kind == "charge_failed"]
        if not failed:
            continue
        settled = ev.first(e for e in ev.of(order, "acknowledged", after=failed[-1].seq) if e.actor in ev.roles)
        # What the broker never had is told as well: the program did try to send it.
        sent = [e for e in ev.ledger.history[order] if e.kind == "published" and e.actor in ev.roles and e.seq > failed[-1].seq]
        safe = [e for e in ev.of(order, "confirmed", after=failed[-1].seq) if e.actor in ev.roles]
        if settled is not None and not settled.data.get("opaque") and sent and not safe:
            end = ev.end_of_life(settled)
            shown = sorted([settled, sent[0]], key=lambda e: e.seq)
            return Proof("dlq-after-commit", [order], [*shown, *([end] if end else [])], never="anywhere else")
    return None


def dead_letter_mute(ev: Evidence) -> Proof | None:
    """A dead letter does not say why, or after how many attempts, or cannot be put back."""
    found = [(e, text) for e in ev.all("dead_lettered") for name, text in e.data.get("amiss", ()) if name == "dead-letter-mute"]
    if not found:
        return None
    letter, text = found[0]
    published = [e for e in ev.of(letter.order, "published", "rejected") if e.actor in ev.roles]
    orders = list(dict.fromkeys(e.order for e, _ in found))
    return Proof("dead-letter-mute", orders, [*published[-1:], letter], note=f"{text[0].upper()}{text[1:]}.")


def retry_no_backoff(ev: Evidence) -> Proof | None:
    """Attempts follow each other without a pause."""
    for order, attempts, gaps in retried(ev):
        # Sent to the end of the queue, an order waits for the others once; what matters is that no pause is its own. After a
        # crash two copies may be on their way, whose attempts fall together.
        at_once = [i for i, gap in enumerate(gaps) if gap < _AT_ONCE]
        if len(at_once) >= 2 and not _interrupted(ev, attempts[0].seq, attempts[-1].seq):
            first, last = attempts[at_once[0]], attempts[at_once[-1] + 1]
            return Proof("retry-no-backoff", [order], [first, last],
                         note=f"{at_once[-1] - at_once[0] + 2} attempts in {(last.t_ns - first.t_ns) / 1e9:.3f} s.")
    return None


def refused_again(ev: Evidence) -> Proof | None:
    """The shop has said "never", and was asked again by the same process."""
    for order in ev.ledger.orders.refused:
        refusals = [e for e in ev.of(order, "charge_failed") if e.data.get("status") == 422]
        if len(refusals) > 2 and not _interrupted(ev, refusals[0].seq, refusals[-1].seq):
            took = (refusals[-1].t_ns - refusals[0].t_ns) / 1e9
            return Proof("retry-permanent", [order], [refusals[0], refusals[-1]],
                         note=f"It tried {len(refusals)} times in {took:.1f} s.")
    return None


def retry_uncapped(ev: Evidence) -> Proof | None:
    """Attempts go on where they should have been given up."""
    for order, attempts, gaps in retried(ev):
        if len(attempts) > ev.max_attempts + _MORE:
            return Proof("retry-uncapped", [order], [attempts[0], attempts[-1]],
                         note=f"{len(attempts)} attempts in {sum(gaps):.1f} s; {ev.max_attempts} were asked.")
    return None


def gives_up_early(ev: Evidence) -> Proof | None:
    """An order was put among the dead letters after fewer attempts than asked, though the shop was only away."""
    for letter in ev.all("dead_lettered"):
        failed = [e for e in ev.attempts(letter.order) if e.kind == "charge_failed"]
        if _deliveries(ev, letter.order) >= ev.max_attempts:
            continue  # who counts deliveries counts those, too, after which nobody came to try (a peer's, one before a crash)
        if failed and failed[-1].data.get("status") == 503 and len(failed) < ev.max_attempts and not ev.ledger.effects.get(letter.order):
            return Proof("gives-up-early", [letter.order], [failed[0], failed[-1], letter],
                         note=f"{len(failed)} of {ev.max_attempts} attempts.")
    return None


def retry_blocks_all(ev: Evidence) -> Proof | None:
    """In every pause between two attempts nobody else was served, though others were waiting."""
    for order, attempts, gaps in retried(ev):
        waits = pauses(ev, attempts, gaps)
        if len(waits) < 2:
            continue
        others = [e for e in ev.all("charged", "charge_failed") if e.order != order]
        served = any(first < e.seq < second for e in others for first, second in waits)
        waiting = len({e.order for e in others if e.kind == "charged" and e.seq > attempts[-1].seq
                       and ev.first(x for x in ev.attempts(e.order)).seq > attempts[-1].seq and _there(ev, e.order, waits[0][0])})
        if not served and waiting >= 2:
            return Proof("retry-blocks-all", [order], [attempts[0], attempts[-1]],
                         note=f"For {sum(gaps):.1f} s nobody else was served; {waiting} orders were waiting.")
    return None


def retried(ev: Evidence) -> Iterator[tuple[str, list[Event], list[float]]]:
    """Orders that met a 503: the attempts up to the first that did not, and the seconds between them."""
    for order in ev.ledger.history:
        attempts = []
        for e in ev.attempts(order):
            attempts.append(e)
            if e.data.get("status") != 503:
                break
        if len(attempts) > 1 and attempts[0].data.get("status") == 503:
            yield order, attempts, [(b.t_ns - a.t_ns) / 1e9 for a, b in zip(attempts, attempts[1:], strict=False)]


def pauses(ev: Evidence, attempts: list[Event], gaps: list[float]) -> list[tuple[int, int]]:
    """(number of the attempt before, of the attempt after) of gaps in which others could have been served."""
    return [(a.seq, b.seq) for a, b, gap in zip(attempts, attempts[1:], gaps, strict=False)
            if gap >= _PAUSE and not _interrupted(ev, a.seq, b.seq)]


def _there(ev: Evidence, order: str, seq: int) -> bool:
    """Whether the order had come to the broker by then: a producer may be away, and nobody else is waiting."""
    sent = ev.of(order, "published")
    return not sent or sent[0].seq < seq


def _deliveries(ev: Evidence, order: str) -> int:
    """How often the broker gave it to anybody; 0 on Kafka, where to be fetched is not to be delivered."""
    return len([e for e in ev.of(order, "delivered", "redelivered") if "offset" not in (e.pos or {}) and not e.data.get("looked")])


def _interrupted(ev: Evidence, first: int, second: int) -> bool:
    """Whether something happened meanwhile that the program has to recover from; what a producer met is not its business."""
    return any(e.kind in ("killed", "reset", "paused", "restarted", "redriven")
               and not (e.data.get("of") or e.actor).startswith("producer") for e in ev.events[first:second])


RULES = (no_dead_letter, dead_letter_mute, refused_again, gives_up_early, retry_no_backoff, retry_uncapped,
         retry_blocks_all)
