"""The rules: pure functions from evidence to a proof. The first cause in this order is the one shown."""

from collections.abc import Callable, Mapping, Sequence

from helpers.bench.evidence import Evidence, Proof
from helpers.bench.rules import common, kafka_consumer, producer, rabbitmq_consumer, rabbitmq_producer, redis_consumer, retry

Rule = Callable[[Evidence], Proof | None]

_RULES: Mapping[tuple[str, str], Sequence[Rule]] = {
    ("redis", "consumer"): redis_consumer.RULES,
    ("kafka", "consumer"): kafka_consumer.RULES,
    ("rabbitmq", "consumer"): rabbitmq_consumer.RULES,
    ("rabbitmq", "producer"): (*rabbitmq_producer.RULES, *producer.RULES),
    ("kafka", "producer"): producer.RULES,
    ("redis", "producer"): producer.RULES,
}


def rules(broker: str, roles: Sequence[str], retries: bool = False) -> Sequence[Rule]:
    """The rules for the roles of a broker's labs, most specific first. `retries`: those of retry labs, too."""
    own = [rule for role in roles for rule in _RULES.get((broker, role), ())]
    return (*common.FIRST, *(retry.RULES if retries else ()), *own, *common.LAST)
