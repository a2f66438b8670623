"""The account of a scenario: from events and census to what was lost, duplicated, left over. Pure functions."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from helpers.bench.report import Orders
from helpers.wire.events import Event


@dataclass
class Ledger:
    """orders: ids as in the report. effects: order -> events of its effects, replays left out.
    history: order -> all its events. swallowed: numbers of events whose frame never got through, or was refused.
    contradictions: where journal and broker do not agree; the evidence is incomplete then.
    unroutable: orders for which the broker has no place."""

    orders: Orders
    effects: Mapping[str, list[Event]]
    history: Mapping[str, list[Event]]
    swallowed: frozenset[int]
    contradictions: list[str] = field(default_factory=list)
    unroutable: frozenset[str] = frozenset()


DELIVERY_LIMIT = 20
"""Returns after which a quorum queue of RabbitMQ 4 drops or dead-letters a message of its own accord (RabbitMQ
documentation, "Quorum Queues: Poison Message Handling")."""


def settle(events: Sequence[Event], orders: Sequence[Mapping[str, Any]], roles: Sequence[str], *,
           unroutable: Collection[str] = (), charged_is_done: bool = False, dead: str = "", address: str = "AMQP_URL",
           output: str = "", place: str = "", may_put_aside: bool = False) -> Ledger:
    """Account for every order. The effect is the charge; in labs without a consumer it is the message in the queue, where there
    is an output topic, the record there.

    unroutable: orders for which the broker has no place. charged_is_done, dead, output: see stage.Stage.
    address: the variable under which the program was given the tap.
    place: the queue that the run is about, where a program may subscribe to others for purposes of its own; "" where all count.
    may_put_aside: an order whose last attempt failed may be left in another place of the program's: its own dead letters.
    A lost order was accepted, has no effect, was not refused by the shop, and is nowhere in the broker. Where there is a place
    for dead letters, what the shop refuses must stand there (until it is put back).
    """
    known = {order["id"]: order for order in orders}
    history: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        if event.order is not None:
            history[event.order].append(event)
    swallowed = frozenset(seq for event in events if event.kind == "fault" for seq in event.data.get("swallowed", ()))
    swallowed |= _refused(events)
    effect_kind = "charged" if "consumer" in roles else "queued"

    def is_effect(e: Event) -> bool:
        if output:
            return e.kind == "queued" and e.data.get("queue") == output
        return e.kind == effect_kind and not e.data.get("replayed")

    effects = {order: _standing([e for e in seen if is_effect(e)], seen) for order, seen in history.items()}

    def having(kind: str, **data: Any) -> list[str]:
        return [o for o in known if any(e.kind == kind and all(e.data.get(k) == v for k, v in data.items())
                                        and not (output and is_effect(e)) for e in history[o])]

    gone = {o for o in known if effect_kind == "queued" and any(e.kind == "erased" for e in history[o])
            and next(e for e in reversed(history[o]) if e.kind in ("accepted", "erased")).data.get("rows") == 0}
    found = Orders(
        accepted=[o for o in having("accepted") if o not in gone], charged=[o for o in known if effects.get(o)],
        duplicated=[o for o in known if len(effects.get(o, ())) > 1],
        refused=[] if output else having("charge_failed", status=422),
        unexpected=[o for o in effects if o not in known and effects[o]],
        never_accepted=[o for o in known if o not in unroutable
                        and not any(e.kind in ("accepted", "withdrawn") for e in history[o])],
        dead_lettered=having("dead_lettered"), left_over=having("queued") if effect_kind == "charged" else [],
    )
    given_up = set(found.dead_lettered) if dead else set(found.refused)
    put_aside = {o for o in [*found.left_over, *found.dead_lettered] if _put_aside(history[o])} if may_put_aside else set()
    # A second copy that the program has sent to wait would be one more charge, no loss.
    aside = {o for o in found.left_over if all(e.data.get("aside") for e in history[o] if e.kind == "queued")
             or (dead and any(e.kind == "published" and e.actor.startswith("consumer") for e in history[o]))}
    found.left_over = [o for o in found.left_over if o not in aside or not (effects.get(o) or o in given_up)]
    found.left_over = [o for o in found.left_over if o not in put_aside]
    safe = put_aside | set(found.charged) | given_up | set(found.left_over) | set(found.dead_lettered)
    found.lost = [o for o in found.accepted if o not in safe]
    redriven = any(event.kind == "redriven" and event.data.get("letters") for event in events)
    done = set(found.charged) | (given_up if not redriven else set())
    if charged_is_done:
        found.left_over = [o for o in found.left_over if o not in done]
    # A producer may give what has no place a queue of its own; what has one must stand there.
    unfinished = [o for o in found.dead_lettered if o not in done and (effect_kind == "charged" or o not in unroutable)]
    held = set(found.left_over)
    found.left_over += [o for o in unfinished if o not in held]
    found.left_over = [o for o in found.left_over if o not in put_aside]
    found.dead_lettered = [o for o in known if o in put_aside or o in found.dead_lettered]
    found.out_of_order = _out_of_order(known, effects)
    ledger = Ledger(found, effects, history, swallowed, unroutable=frozenset(unroutable))
    if effect_kind == "charged":
        unseen = any(event.kind == "purged" or event.data.get("opaque") or event.data.get("command") == "XGROUP SETID"
                     or (event.kind == "trimmed" and not event.order)
                     # Settled by being sent: killed in between, a program never saw what was already on its way.
                     or (event.kind == "subscribed" and event.data.get("auto_ack")
                         and (not place or event.data.get("queue") in (None, place))) for event in events)
        ledger.contradictions = list(_contradictions(ledger, events, unseen, "producer" in roles, address))
    return ledger


def _put_aside(seen: Sequence[Event]) -> bool:
    """Whether the last attempt of a charge was answered with an error, and the order stands elsewhere than it came."""
    attempts = [e for e in seen if e.kind in ("charged", "charge_failed")]
    return (bool(attempts) and attempts[-1].kind == "charge_failed" and attempts[-1].data.get("status") is not None
            and all(e.data.get("aside") or e.kind == "dead_lettered" for e in seen if e.kind in ("queued", "dead_lettered")))


def _standing(effects: list[Event], seen: Sequence[Event]) -> list[Event]:
    """Without as many, the latest, as were taken back: rows that are gone again."""
    return effects[:max(0, len(effects) - sum(e.kind == "erased" for e in seen))]


def _refused(events: Sequence[Event]) -> frozenset[int]:
    """Numbers of acknowledgements that the broker answered with an error (a commit of a member that is none any more)."""
    refused = {event.data["commit"] for event in events if event.kind == "refused" and event.data.get("commit") is not None}
    return frozenset(event.seq for event in events if event.kind == "acknowledged" and event.data.get("commit") in refused) \
        if refused else frozenset()


def _out_of_order(known: Mapping[str, Mapping[str, Any]], effects: Mapping[str, list[Event]]) -> list[str]:
    """Orders charged after a later order of the same customer had been."""
    latest: dict[str, int] = {}
    late = set()
    firsts = sorted((seen[0].seq, order) for order, seen in effects.items() if seen and order in known)
    for _, order in firsts:
        customer, n = known[order]["customer"], known[order]["n"]
        if n < latest.get(customer, 0):
            late.add(order)
        latest[customer] = max(n, latest.get(customer, 0))
    return [order for order in known if order in late]


def _contradictions(ledger: Ledger, events: Sequence[Event], unseen: bool, produced: bool, address: str) -> Iterator[str]:
    """What the wire cannot explain: an order charged that never came through the tap; one gone from the queue unsettled.

    produced: the orders were published by a program of the learner's.
    unseen: the program has removed what cannot be told one by one (a purge, a script inside the broker).
    """
    charged, lost = set(ledger.orders.charged), set(ledger.orders.lost)
    ending = [event for event in events if ends_by_itself(event)]
    kills = [event.seq for event in events if event.kind == "killed" and event.actor == "broker"]
    for order, seen in ledger.history.items():
        kinds = Counter(e.kind for e in seen)
        if order in charged and not kinds["delivered"] and not kinds["redelivered"]:
            yield f"{order} was charged, but was never delivered on the connection given in {address}"
        # What never arrived, or went with the broker's process, or with a queue that was not made to last, a producer has to
        # explain.
        given = (kinds["delivered"] or kinds["redelivered"]) and not (
            _with_broker(seen, kills) or any(went_there(seen, queue) for queue in ending)) or not produced
        if order in lost and kinds["published"] and given and not unseen and not left_the_queue(seen, ledger.swallowed):
            yield f"{order} is gone from the queue, and nothing on the wire says why"


def _with_broker(seen: Sequence[Event], kills: Sequence[int]) -> bool:
    """Whether the broker was killed after the order had come to it."""
    sent = [event.seq for event in seen if event.kind == "published"]
    return bool(sent and kills) and sent[-1] < kills[-1]


def ends_by_itself(event: Event) -> bool:
    """Whether a queue was declared that RabbitMQ deletes without being asked: with its last consumer, with its connection, or
    when nobody uses it for a while."""
    data = event.data
    return (event.kind == "declared" and data.get("what") == "queue" and not data.get("passive")
            and bool(data.get("auto_delete") or data.get("exclusive") or (data.get("arguments") or {}).get("x-expires")))


def went_there(seen: Sequence[Event], declared: Event) -> bool:
    """Whether an order was published to the queue declared: by its name, or through an exchange."""
    return any(e.kind == "published" and (e.data.get("exchange") or e.data.get("routing_key") == declared.data.get("name"))
               for e in seen)


def left_the_queue(seen: Sequence[Event], swallowed: frozenset[int]) -> bool:
    """Whether the journal explains that the broker no longer holds the order."""
    returns = 0
    for event in seen:
        if event.kind in ("delivered", "redelivered"):
            returns += 1
            if event.data.get("auto_ack"):
                return True
        if event.kind in ("acknowledged", "trimmed") and event.seq not in swallowed:
            return True
        if event.kind == "method" and event.data.get("pending"):
            return True  # XGROUP DELCONSUMER, which had it pending
        if event.kind == "rejected" and not event.data.get("requeue"):
            return True
    return returns > DELIVERY_LIMIT
