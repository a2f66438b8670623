"""A lab for the bench's own tests: faults on a producer."""

from helpers.bench.faults import BeforeConfirm, Kill, Published
from helpers.bench.lab import Lab, Scenario

LAB = Lab(
    title="Faults on a producer",
    broker="rabbitmq",
    roles=("producer",),
    orders=12,
    scenarios=(
        Scenario("none", "nothing goes wrong"),
        Scenario("kill-published", "killed after it published", (Kill("producer", Published(5)),)),
        Scenario("kill-before-confirm", "killed before the confirm", (Kill("producer", BeforeConfirm(5)),)),
    ),
    hints=("a", "b", "c"),
    usual="no time",
    deadline=20.0,
)
