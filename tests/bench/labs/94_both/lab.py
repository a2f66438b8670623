"""A lab for the bench's own tests: a producer and a consumer."""

from helpers.bench.faults import BeforePublish, Charged, Kill, Published, Reset
from helpers.bench.lab import Lab, Scenario

LAB = Lab(
    title="Both ends",
    broker="rabbitmq",
    roles=("producer", "consumer"),
    orders=12,
    scenarios=(
        Scenario("none", "nothing goes wrong"),
        Scenario("both-killed", "both are killed", (Kill("producer", Published(4)), Kill("consumer", Charged(6)))),
        Scenario("cut", "the producer is cut off", (Reset("producer", BeforePublish(5)),)),
    ),
    hints=("a", "b", "c"),
    usual="no time",
    deadline=20.0,
)
