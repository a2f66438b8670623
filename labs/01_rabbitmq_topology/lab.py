"""Lab 01: an exchange, queues and bindings for the events of an order, examined by probes with each routing key."""

from helpers.bench.exam.rabbitmq_wishes import (
    DeadLettered, KeepsMessages, QueueLike, Returned, Routed, Standing, StartsTwice,
)
from helpers.bench.lab import Lab

LAB = Lab(
    title="Queues and bindings on RabbitMQ",
    kind="topology",
    broker="rabbitmq",
    roles=("setup",),
    scenarios=(),
    given={
        "EXCHANGE": "the name of the exchange that producers will publish to",
        "BILLING": "the name of a queue: every order created or cancelled",
        "EXPRESS": "the name of a queue: created orders that go by express, from any region",
        "AUDIT": "the name of a queue that stands there already: everything about orders",
        "DEAD": "the name of a queue: what billing had to reject",
    },
    wishes=(
        StartsTwice(),
        Standing("AUDIT", (("x-queue-type", "quorum"), ("x-max-length", 100_000), ("x-overflow", "reject-publish"))),
        QueueLike("BILLING"),
        QueueLike("EXPRESS"),
        QueueLike("DEAD"),
        KeepsMessages(),
        Routed("order.created.{region}", ("BILLING", "AUDIT")),
        Routed("order.created.{region}.express", ("BILLING", "EXPRESS", "AUDIT")),
        Routed("order.created.{region}.gift", ("BILLING", "AUDIT")),
        Routed("order.cancelled.{region}", ("BILLING", "AUDIT")),
        Routed("order.cancelled.{region}.express", ("BILLING", "AUDIT")),
        Routed("order.refunded.{region}", ("AUDIT",)),
        Routed("order", ("AUDIT",)),
        Returned("stock.low.{region}"),
        DeadLettered("BILLING", "DEAD"),
    ),
    hints=(
        "Write the routing keys of the wish list under each other, and beside each queue what its keys have in common. In "
        "which place may exactly one word vary, and where may any number of words follow, or none at all?",
        "In a topic binding * is one word, # any number of words. Billing needs two bindings, not one. The audit queue is "
        "not yours: what does RabbitMQ answer when you declare a queue that stands there with other arguments? And a dead "
        "letter is a message like any other: it, too, needs an exchange, a key and a binding.",
        "Keys: BILLING order.created.# and order.cancelled.#; EXPRESS order.created.*.express; AUDIT order.#, bound without "
        "being declared. A second exchange (EXCHANGE + \".dead\", fanout, durable) with DEAD bound to it; BILLING is "
        "declared with arguments={\"x-queue-type\": \"quorum\", \"x-dead-letter-exchange\": that exchange}. Everything "
        "durable=True.",
    ),
    usual="15 to 25 minutes",
)
