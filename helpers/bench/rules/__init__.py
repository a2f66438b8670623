"""The rules: pure functions from evidence to a proof. The first cause in this order is the one shown."""

from collections.abc import Callable, Mapping, Sequence

from helpers.bench.evidence import Evidence, Proof
from helpers.bench.rules import common, rabbitmq_consumer

Rule = Callable[[Evidence], Proof | None]

_BY_BROKER: Mapping[str, Sequence[Rule]] = {
    "rabbitmq": (*common.FIRST, *rabbitmq_consumer.RULES, *common.LAST),
}


def rules(broker: str) -> Sequence[Rule]:
    """The rules for a broker's labs, most specific first."""
    return _BY_BROKER.get(broker, (*common.FIRST, *common.LAST))
