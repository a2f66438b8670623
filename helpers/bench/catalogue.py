"""The catalogue of mistakes: every class of behaviour that the bench can name. `docs/mistakes.md` is rendered from it."""

from collections.abc import Mapping

from helpers.bench.catalogue_consumer import CONSUMER
from helpers.bench.catalogue_inbox import INBOX
from helpers.bench.catalogue_kafka import KAFKA
from helpers.bench.catalogue_producer import PRODUCER
from helpers.bench.catalogue_redis import REDIS
from helpers.bench.catalogue_retry import RETRY
from helpers.bench.catalogue_setup import SETUP
from helpers.bench.catalogue_transactions import TRANSACTIONS
from helpers.bench.mistake import Mistake

__all__ = ["CATALOGUE", "Mistake"]

_ALL = (*CONSUMER, *KAFKA, *REDIS, *PRODUCER, *RETRY, *TRANSACTIONS, *INBOX, *SETUP)

CATALOGUE: Mapping[str, Mistake] = {mistake.name: mistake for mistake in _ALL}
