"""The rules: pure functions from evidence to a proof. The first cause in this order is the one shown."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from helpers.bench.evidence import Evidence, Proof
from helpers.bench.rules import common, inbox, kafka_consumer, kafka_order, kafka_producer, kafka_retry, kafka_transactions
from helpers.bench.rules import outbox, producer, rabbitmq_consumer, rabbitmq_producer, rabbitmq_retry, redis_consumer
from helpers.bench.rules import redis_producer, redis_retry, retry

Rule = Callable[[Evidence], Proof | None]

_RULES: Mapping[tuple[str, str], Sequence[Rule]] = {
    ("redis", "consumer"): redis_consumer.RULES,
    ("kafka", "consumer"): kafka_consumer.RULES,
    ("rabbitmq", "consumer"): rabbitmq_consumer.RULES,
    ("rabbitmq", "producer"): (*rabbitmq_producer.RULES, *producer.RULES),
    ("kafka", "producer"): (*kafka_producer.RULES, *producer.RULES),
    ("redis", "producer"): (*redis_producer.RULES, *producer.RULES),
}

_RETRY: Mapping[str, tuple[Sequence[Rule], Sequence[Rule]]] = {
    "rabbitmq": ((), rabbitmq_retry.RULES),
    "kafka": (kafka_retry.FIRST, kafka_retry.LAST),
    "redis": (redis_retry.FIRST, redis_retry.LAST),
}
"""For retry labs: a broker's own rules, before and after those that all have."""
_REPLACED: Mapping[str, Sequence[Rule]] = {"redis": (redis_consumer.no_delivery_cap, common.retry_permanent)}
"""Rules of which retry labs have a stricter form."""


def by_role(broker: str, roles: Sequence[str], retries: bool = False, output: bool = False,
            ordered: bool = False, table: bool = False) -> Iterator[tuple[str | None, Rule]]:
    """(role, rule), most specific first; a rule with a role is asked about the programs of that role alone.

    retries: the rules of retry labs, too. output: those of labs whose effect is a record in an output topic, instead.
    ordered: those of labs that ask for the order of a customer's orders, too. table: those of labs whose effect is a row, before
    the others.
    """
    if output:
        yield from ((None, rule) for rule in (*kafka_transactions.RULES, *common.FIRST))
        return
    if table and "consumer" not in roles:
        yield from ((None, rule) for rule in (*outbox.RULES, *rabbitmq_producer.REACHING, *producer.BESIDE, *common.LAST))
        return
    if table:
        yield from ((None, rule) for rule in inbox.RULES)
    yield from ((None, rule) for rule in common.FIRST)
    if retries:
        first, last = _RETRY[broker]
        # To try again is the consumer's part; what a producer has published is no copy.
        yield from (("consumer", rule) for rule in (*first, *retry.RULES, *last))
    if ordered:
        yield from ((None, rule) for rule in kafka_order.RULES)
    if broker == "rabbitmq" and "producer" in roles and "consumer" in roles:
        yield "consumer", producer.purges
    replaced = _REPLACED.get(broker, ()) if retries else ()
    yield from ((role, rule) for role in roles for rule in _RULES.get((broker, role), ()) if rule not in replaced)
    yield from ((None, rule) for rule in common.LAST if rule not in replaced)


def rules(broker: str, roles: Sequence[str], retries: bool = False, output: bool = False,
          ordered: bool = False, table: bool = False) -> Sequence[Rule]:
    """The rules of `by_role`, for labs of one program."""
    return [rule for _, rule in by_role(broker, roles, retries, output, ordered, table)]
