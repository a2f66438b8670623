"""The rules: pure functions from evidence to a proof. The first cause in this order is the one shown."""

from collections.abc import Callable, Mapping, Sequence

from helpers.bench.evidence import Evidence, Proof
from helpers.bench.rules import common, kafka_consumer, kafka_producer, producer, rabbitmq_consumer, rabbitmq_producer, rabbitmq_retry, redis_consumer, redis_producer, retry

Rule = Callable[[Evidence], Proof | None]

_RULES: Mapping[tuple[str, str], Sequence[Rule]] = {
    ("redis", "consumer"): redis_consumer.RULES,
    ("kafka", "consumer"): kafka_consumer.RULES,
    ("rabbitmq", "consumer"): rabbitmq_consumer.RULES,
    ("rabbitmq", "producer"): (*rabbitmq_producer.RULES, *producer.RULES),
    ("kafka", "producer"): (*kafka_producer.RULES, *producer.RULES),
    ("redis", "producer"): (*redis_producer.RULES, *producer.RULES),
}

_RETRY: Mapping[str, Sequence[Rule]] = {"rabbitmq": rabbitmq_retry.RULES}


def rules(broker: str, roles: Sequence[str], retries: bool = False) -> Sequence[Rule]:
    """The rules for the roles of a broker's labs, most specific first. `retries`: those of retry labs, too."""
    own = [rule for role in roles for rule in _RULES.get((broker, role), ())]
    retrying = (*retry.RULES, *_RETRY.get(broker, ())) if retries else ()
    return (*common.FIRST, *retrying, *own, *common.LAST)
