"""Lab 02: topics, their settings, and the keys by which Kafka keeps the order of a customer's events."""

from helpers.bench.exam.kafka_wishes import (
    EndsTwice, EverythingArrives, KeepsTopics, KeyKeepsItsPartition, KeysSpread, OrderPerKey, TopicLike,
)
from helpers.bench.lab import Lab

THREE_DAYS = 3 * 24 * 60 * 60 * 1000

LAB = Lab(
    title="Topics, partitions and keys on Kafka",
    kind="topology",
    broker="kafka",
    roles=("setup",),
    scenarios=(),
    given={
        "ORDERS": "the name of a topic: what happens to orders",
        "ADDRESSES": "the name of a topic: each customer's newest address",
        "AUDIT": "the name of a topic: kept for ever, in one order",
        "EVENTS": "the path of a file with the events to send to ORDERS, one JSON object a line: `id`, `customer`, `order`, "
                  "`event`",
    },
    wishes=(
        EndsTwice(),
        KeepsTopics(),
        TopicLike("ORDERS", 6, (("retention.ms", str(THREE_DAYS)), ("cleanup.policy", "delete")), "keeps records for three "
                                                                                                  "days"),
        TopicLike("ADDRESSES", 3, (("cleanup.policy", "compact"),), "keeps the newest record of each key (it is compacted)"),
        TopicLike("AUDIT", 1, (("retention.ms", "-1"), ("cleanup.policy", "delete")), "keeps records for ever"),
        EverythingArrives(),
        KeyKeepsItsPartition(),
        OrderPerKey(),
        KeysSpread(),
    ),
    hints=(
        "Kafka keeps the order of records within a partition, and nowhere else. What decides in which partition a record "
        "goes, and what must therefore be the same for two events of which one may not overtake the other?",
        "The key decides: equal keys go to the same partition, as long as the number of partitions stays as it is. What is "
        "true of all events of one customer, and different for most other customers? And look at the name of the setting: in "
        "which unit does it count?",
        "retention.ms is in milliseconds: three days are 259200000, for ever is -1. cleanup.policy=compact for the "
        "addresses. Send with key=event[\"customer\"].encode(), wait with flush(), and look at each future. All six "
        "partitions from the start.",
    ),
    usual="15 to 25 minutes",
)
