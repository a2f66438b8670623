"""A topology with two queues."""

from helpers.bench.exam.rabbitmq_wishes import KeepsMessages, QueueLike, Returned, Routed, Standing, StartsTwice
from helpers.bench.lab import Lab

LAB = Lab(
    title="two queues",
    kind="topology",
    broker="rabbitmq",
    roles=("setup",),
    scenarios=(),
    given={"EXCHANGE": "an exchange", "BILLING": "a queue", "AUDIT": "a queue that stands there"},
    wishes=(
        StartsTwice(),
        Standing("AUDIT", (("x-queue-type", "quorum"), ("x-max-length", 1000))),
        QueueLike("BILLING"),
        KeepsMessages(),
        Routed("order.created.{region}", ("BILLING",)),
        Returned("stock.low.{region}"),
    ),
    hints=("What?", "Where?", "There."),
    usual="a minute",
)
